//! The primitive types of R4.

use core::fmt;

macro_rules! primitives {
    ($($(#[$doc:meta])* $variant:ident = $name:literal),* $(,)?) => {
        /// A primitive type of FHIR R4 (datatypes, primitive types).
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Primitive {
            $(#[doc = concat!("`", $name, "`")] $variant,)*
        }

        impl Primitive {
            /// Every primitive type.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The name FHIR gives it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

primitives! {
    Base64Binary = "base64Binary",
    Boolean = "boolean",
    Canonical = "canonical",
    Code = "code",
    Date = "date",
    DateTime = "dateTime",
    Decimal = "decimal",
    Id = "id",
    Instant = "instant",
    Integer = "integer",
    Markdown = "markdown",
    Oid = "oid",
    PositiveInt = "positiveInt",
    String = "string",
    Time = "time",
    UnsignedInt = "unsignedInt",
    Uri = "uri",
    Url = "url",
    Uuid = "uuid",
    Xhtml = "xhtml",
}

impl Primitive {
    /// The primitive type called `name`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|primitive| primitive.name() == name)
    }

    /// The JSON kind its values have (R4 JSON, primitive elements).
    pub const fn json_kind(self) -> crate::json::Kind {
        match self {
            Self::Boolean => crate::json::Kind::Boolean,
            Self::Decimal | Self::Integer | Self::PositiveInt | Self::UnsignedInt => {
                crate::json::Kind::Number
            }
            _ => crate::json::Kind::String,
        }
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
