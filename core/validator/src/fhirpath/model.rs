//! What evaluating needs to know of types, and what it works on.

use crate::json::{Kind, Value};

/// A type as its model numbers it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type(pub u32);

impl Type {
    /// A type the model does not know.
    pub const UNKNOWN: Self = Self(u32::MAX);
}

/// A child that elements of a type may have.
#[derive(Clone, Copy, Debug)]
pub struct Child {
    /// The type of the child.
    pub of: Type,
    /// How many bytes of the name in JSON are the name of the element: of `valueQuantity` five,
    /// where it is one type of the choice `value[x]`, else all.
    pub stem: usize,
}

/// The types of FHIRPath itself that primitives of FHIR stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// `Boolean`
    Boolean,
    /// `Integer` and `Decimal`
    Number,
    /// `String`
    Text,
    /// `Date`, `DateTime` and `Time`
    Moment,
}

/// What is known of the types of a version of FHIR.
pub trait Model {
    /// The type of resources called `name`.
    fn resource(&self, name: &str) -> Option<Type>;

    /// The child called `key` in JSON, without `_`.
    fn child(&self, of: Type, key: &str) -> Option<Child>;

    /// Whether instances name their type themselves, as the resource in an entry does.
    fn is_abstract(&self, of: Type) -> bool;

    /// What a primitive type stands for; `None` for other types.
    fn class(&self, of: Type) -> Option<Class>;

    /// Whether `of` is the type `name` of FHIR, or derived from it.
    fn is(&self, of: Type, name: &str) -> bool;

    /// What a function says that takes more than the resource to decide, such as `htmlChecks`,
    /// `memberOf` and `conformsTo`; `None` where it cannot be decided.
    fn decide(&self, function: &str, element: Element<'_>, argument: Option<&str>) -> Option<bool>;
}

/// An element of a resource: a value of JSON, and of a primitive what stands in its `_name` too.
#[derive(Clone, Copy, Debug)]
pub struct Element<'a> {
    /// The value; a primitive may be without.
    pub value: Option<Value<'a>>,
    /// The id and the extensions of a primitive.
    pub sibling: Option<Value<'a>>,
    /// Its type.
    pub of: Type,
}

impl<'a> Element<'a> {
    /// The element that is a `value`.
    pub fn new(value: Value<'a>, of: Type) -> Self {
        Self { value: Some(value), sibling: None, of }
    }

    /// Whether it is this very element of this very document.
    pub(super) fn is_same(self, other: Self) -> bool {
        let is_same = |one: Option<Value<'_>>, other: Option<Value<'_>>| match (one, other) {
            (Some(one), Some(other)) => {
                one.id() == other.id() && core::ptr::eq(one.document(), other.document())
            }
            (one, other) => one.is_none() && other.is_none(),
        };
        self.of == other.of && is_same(self.value, other.value) && is_same(self.sibling, other.sibling)
    }

    /// Its value, where that is a JSON primitive.
    pub(super) fn primitive(self) -> Option<Value<'a>> {
        self.value.filter(|value| !matches!(value.kind(), Kind::Object | Kind::Array | Kind::Null))
    }
}
