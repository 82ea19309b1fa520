//! Plain data from a tape.

use alloc::{
    borrow::Cow,
    boxed::Box,
    collections::{BTreeMap, BTreeSet, VecDeque},
    string::String,
    vec::Vec,
};

use super::{Document, Kind, Value};

/// Why a value is not what a type needs. It says nothing of what was found there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unfit {
    /// A member that has to be there is not.
    #[error("missing field `{0}`")]
    Missing(&'static str),
    /// Something has another form than the type declares.
    #[error("it does not have the form that the type declares")]
    Form,
}

/// What can be read from a [`Value`], as `#[derive(FromJson)]` does by the attributes of serde.
///
/// serde reads from anything, and pays for that with code for each type and each source. This reads from the tape,
/// which is all that a module has to do that a page loads.
pub trait FromJson: Sized {
    /// Reads `value`.
    ///
    /// # Errors
    /// [`Unfit`] where it is something else.
    fn from_json(value: Value<'_>) -> Result<Self, Unfit>;

    /// What a member is that is not there, where that is allowed.
    fn absent() -> Option<Self> {
        None
    }
}

pub use fhir_solicit_derive::FromJson;

/// The member `name` of `object`. This function and those after it are what derived code calls.
pub fn member<T: FromJson>(object: Value<'_>, name: &'static str) -> Result<T, Unfit> {
    match find(object, name)? {
        Some(value) => T::from_json(value),
        None => T::absent().ok_or(Unfit::Missing(name)),
    }
}

/// The member `name` of `object`, which need not be there.
pub fn member_or_default<T: FromJson + Default>(object: Value<'_>, name: &str) -> Result<T, Unfit> {
    find(object, name)?.map_or_else(|| Ok(T::default()), T::from_json)
}

fn find<'d>(object: Value<'d>, name: &str) -> Result<Option<Value<'d>>, Unfit> {
    if object.kind() == Kind::Object { Ok(object.get(name)) } else { Err(Unfit::Form) }
}

/// Refuses members with other names than these.
pub fn check_members(object: Value<'_>, names: &[&str]) -> Result<(), Unfit> {
    let is_known = object.members().all(|(key, _)| names.contains(&&*key.as_str()));
    if is_known { Ok(()) } else { Err(Unfit::Form) }
}

/// The member of an object that has but one.
pub fn only(value: Value<'_>) -> Option<(Cow<'_, str>, Value<'_>)> {
    let mut members = value.members();
    let (key, value) = members.next()?;
    members.next().is_none().then(|| (key.as_str(), value))
}

/// The text of a string.
pub fn text(value: Value<'_>) -> Result<Cow<'_, str>, Unfit> {
    value.as_str().ok_or(Unfit::Form)
}

impl FromJson for String {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        text(value).map(Cow::into_owned)
    }
}

impl FromJson for Cow<'static, str> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        String::from_json(value).map(Self::Owned)
    }
}

impl FromJson for bool {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        value.as_bool().ok_or(Unfit::Form)
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl FromJson for $integer {
            fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
                value.as_number().and_then(|number| number.parse().ok()).ok_or(Unfit::Form)
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 usize i32 i64);

impl FromJson for Document {
    /// As serde reads it: from the string of its text.
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        Self::parse(String::from_json(value)?).map_err(|_| Unfit::Form)
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        if value.kind() == Kind::Null { Ok(None) } else { T::from_json(value).map(Some) }
    }

    fn absent() -> Option<Self> {
        Some(None)
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        T::from_json(value).map(Self::new)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        if value.kind() != Kind::Array {
            return Err(Unfit::Form);
        }
        value.items().map(T::from_json).collect()
    }
}

impl<T: FromJson> FromJson for VecDeque<T> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        Vec::from_json(value).map(Into::into)
    }
}

impl<T: FromJson + Ord> FromJson for BTreeSet<T> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        let mut set = Self::new();
        // One by one: to build it of all at once takes code that sorts.
        for item in Vec::from_json(value)? {
            set.insert(item);
        }
        Ok(set)
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn from_json(value: Value<'_>) -> Result<Self, Unfit> {
        if value.kind() != Kind::Object {
            return Err(Unfit::Form);
        }
        let mut map = Self::new();
        for (key, value) in value.members() {
            map.insert(key.as_str().into_owned(), T::from_json(value)?);
        }
        Ok(map)
    }
}
