//! Plain data from a tape.

use alloc::{
    borrow::Cow,
    boxed::Box,
    collections::{BTreeMap, VecDeque},
    string::String,
    vec::Vec,
};

use super::{Document, Kind, Value};
use crate::order::{Map, Set};

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
/// which is all that a module has to do that a page loads; and it fills in what is there already, so that one
/// function reads the members of all types, and derived code only says where they are.
pub trait FromJson {
    /// Something to read into, as cheap as can be.
    fn blank() -> Self
    where
        Self: Sized;

    /// Reads `value` into this, which is blank.
    ///
    /// # Errors
    /// [`Unfit`] where it is something else; this is then of no use.
    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit>;

    /// Whether a member that is not there leaves this blank, wherever it is.
    fn may_be_absent(&self) -> bool {
        false
    }

    /// Reads `value`.
    ///
    /// # Errors
    /// [`Unfit`] where it is something else.
    fn from_json(value: Value<'_>) -> Result<Self, Unfit>
    where
        Self: Sized,
    {
        let mut blank = Self::blank();
        blank.read(value)?;
        Ok(blank)
    }
}

pub use fhir_solicit_derive::FromJson;

/// Reads the members `names` of `object`, each into its target. This function and those after it are what derived
/// code calls.
///
/// # Arguments
/// * `absent` has a bit for each member that need not be there.
pub fn read_members(
    object: Value<'_>,
    names: &[&'static str],
    absent: u64,
    targets: &mut [&mut dyn FromJson],
) -> Result<(), Unfit> {
    for (at, (name, target)) in names.iter().zip(targets).enumerate() {
        match find(object, name)? {
            Some(value) => target.read(value)?,
            None if absent >> at & 1 == 1 || target.may_be_absent() => {}
            None => return Err(Unfit::Missing(name)),
        }
    }
    Ok(())
}

/// The same, but a member may also be `null`: its target is as it should be by default.
pub fn read_given_members(
    object: Value<'_>,
    names: &[&'static str],
    targets: &mut [&mut dyn FromJson],
) -> Result<(), Unfit> {
    for (name, target) in names.iter().zip(targets) {
        if let Some(value) = find(object, name)?.filter(|value| value.kind() != Kind::Null) {
            target.read(value)?;
        }
    }
    Ok(())
}

fn find<'d>(object: Value<'d>, name: &str) -> Result<Option<Value<'d>>, Unfit> {
    if object.kind() == Kind::Object { Ok(object.get(name)) } else { Err(Unfit::Form) }
}

/// Refuses members with other names than these.
pub fn check_members(object: Value<'_>, names: &[&str]) -> Result<(), Unfit> {
    let is_known = object.members().all(|(key, _)| names.contains(&&*key.as_str()));
    if is_known { Ok(()) } else { Err(Unfit::Form) }
}

/// Which of `variants` the member `tag` of `object` names.
pub fn tagged(object: Value<'_>, tag: &'static str, variants: &[&str]) -> Result<usize, Unfit> {
    which(find(object, tag)?.ok_or(Unfit::Missing(tag))?, variants)
}

/// Which of `texts` a string is, or by its only member which of `objects` an object; these count on from those.
/// And what there is to read of it.
pub fn external<'d>(value: Value<'d>, texts: &[&str], objects: &[&str]) -> Result<(usize, Value<'d>), Unfit> {
    let mut members = value.members();
    match (members.next(), members.next()) {
        (Some((key, inner)), None) => {
            let at = objects.iter().position(|name| key.is(name)).ok_or(Unfit::Form)?;
            Ok((texts.len() + at, inner))
        }
        _ => which(value, texts).map(|at| (at, value)),
    }
}

fn each_item(array: Value<'_>, read: &mut dyn FnMut(Value<'_>) -> Result<(), Unfit>) -> Result<(), Unfit> {
    if array.kind() == Kind::Array { array.items().try_for_each(read) } else { Err(Unfit::Form) }
}

fn each_member(
    object: Value<'_>,
    read: &mut dyn FnMut(String, Value<'_>) -> Result<(), Unfit>,
) -> Result<(), Unfit> {
    if object.kind() != Kind::Object {
        return Err(Unfit::Form);
    }
    object.members().try_for_each(|(key, value)| read(key.as_str().into_owned(), value))
}

fn which(value: Value<'_>, texts: &[&str]) -> Result<usize, Unfit> {
    let found = text(value)?;
    texts.iter().position(|text| *text == found).ok_or(Unfit::Form)
}

fn text(value: Value<'_>) -> Result<Cow<'_, str>, Unfit> {
    value.as_str().ok_or(Unfit::Form)
}

impl FromJson for String {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = text(value)?.into_owned();
        Ok(())
    }
}

impl FromJson for Cow<'static, str> {
    fn blank() -> Self {
        Cow::Borrowed("")
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Self::Owned(text(value)?.into_owned());
        Ok(())
    }
}

impl FromJson for bool {
    fn blank() -> Self {
        false
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = value.as_bool().ok_or(Unfit::Form)?;
        Ok(())
    }
}

macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl FromJson for $integer {
            fn blank() -> Self {
                0
            }

            fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
                *self = value.as_number().and_then(|number| number.parse().ok()).ok_or(Unfit::Form)?;
                Ok(())
            }
        }
    )*};
}
integers!(u8 u16 u32 u64 usize i32 i64);

impl FromJson for Document {
    fn blank() -> Self {
        Self::object()
    }

    /// As serde reads it: from the string of its text.
    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Self::parse(text(value)?.into_owned()).map_err(|_| Unfit::Form)?;
        Ok(())
    }
}

impl<T: FromJson> FromJson for Option<T> {
    fn blank() -> Self {
        None
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = None;
        if value.kind() == Kind::Null { Ok(()) } else { self.insert(T::blank()).read(value) }
    }

    fn may_be_absent(&self) -> bool {
        true
    }
}

impl<T: FromJson> FromJson for Box<T> {
    fn blank() -> Self {
        Self::new(T::blank())
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        (**self).read(value)
    }
}

impl<T: FromJson> FromJson for Vec<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        self.clear();
        each_item(value, &mut |item| {
            self.push(T::blank());
            self.last_mut().map_or(Ok(()), |last| last.read(item))
        })
    }
}

impl<T: FromJson> FromJson for VecDeque<T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Vec::from_json(value)?.into();
        Ok(())
    }
}

impl<T: FromJson + Ord> FromJson for Set<T> {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Vec::from_json(value)?.into_iter().collect();
        Ok(())
    }
}

impl<T: FromJson> FromJson for Map<String, T> {
    fn blank() -> Self {
        Self::default()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        each_member(value, &mut |key, value| self.entry(key, T::blank).read(value))
    }
}

impl<T: FromJson> FromJson for BTreeMap<String, T> {
    fn blank() -> Self {
        Self::new()
    }

    fn read(&mut self, value: Value<'_>) -> Result<(), Unfit> {
        *self = Map::from_json(value)?.into_iter().collect();
        Ok(())
    }
}
