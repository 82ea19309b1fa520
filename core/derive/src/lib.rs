//! `#[derive(FromJson)]`: the attributes of serde, a small part of its code.
//!
//! serde's visitors are made anew for each type and each source of data, and an internally tagged enum needs all
//! of them once more: in wasm that was a third of the module. What is derived here is a table of names beside one of
//! places, and one function reads them all.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, Ident, LitStr, Result, Token, Type, Variant,
    parse_macro_input, parse_quote,
};

/// Implements `FromJson` as `Deserialize` would be: for structs, newtypes, and enums whose variants are strings,
/// objects of one member, or told apart by a tag.
///
/// Understands `rename`, `rename_all`, `default`, `tag`, `from`, `try_from` and `deny_unknown_fields`; what concerns
/// only writing is passed over, anything else is an error.
#[proc_macro_derive(FromJson, attributes(serde))]
pub fn from_json(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    derive(&input).unwrap_or_else(Error::into_compile_error).into()
}

fn derive(input: &DeriveInput) -> Result<Tokens> {
    let options = Options::read(&input.attrs)?;
    let Code { blank, read } = if let Some(source) = &options.source {
        let source: Type = source.parse()?;
        let read = quote!({
            *self = Self::try_from(<#source>::from_json(value)?).map_err(|_| Unfit::Form)?;
            Ok(())
        });
        Code { blank: quote!(Default::default()), read }
    } else {
        match &input.data {
            Data::Struct(data) => structure(&data.fields, &options)?,
            Data::Enum(data) => enumeration(data.variants.iter(), &options)?,
            Data::Union(_) => return Err(Error::new_spanned(&input.ident, "a union cannot be read")),
        }
    };
    let (name, mut generics) = (&input.ident, input.generics.clone());
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(crate::json::FromJson));
    }
    let (parameters, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        impl #parameters crate::json::FromJson for #name #arguments #bounds {
            fn blank() -> Self {
                #blank
            }

            fn read(&mut self, value: crate::json::Value<'_>) -> Result<(), crate::json::Unfit> {
                use crate::json::{FromJson, Unfit, from_json};
                #read
            }
        }
    })
}

/// The bodies of the two functions.
struct Code {
    blank: Tokens,
    read: Tokens,
}

fn structure(fields: &Fields, options: &Options) -> Result<Code> {
    let members = Members::read(fields, options)?;
    let (pattern, blank) = (members.pattern(), members.blank(options));
    let read = members.read_from(options);
    Ok(Code { blank: quote!(Self #blank), read: quote!({ let Self #pattern = self; #read }) })
}

fn enumeration<'a>(variants: impl Iterator<Item = &'a Variant>, options: &Options) -> Result<Code> {
    let mut all = Vec::new();
    for variant in variants {
        let (of, ident) = (Options::read(&variant.attrs)?, &variant.ident);
        let name = of.name(&ident.to_string(), options, Case::variants);
        all.push((ident, name, Members::read(&variant.fields, &of)?, of));
    }
    // In the order in which their names are looked for: strings before objects.
    all.sort_by_key(|(_, _, members, _)| options.tag.is_none() && !members.is_unit());
    let first = all.iter().find(|(_, _, members, _)| members.is_unit()).or(all.first());
    let Some((ident, _, members, of)) = first else {
        return Err(Error::new(proc_macro2::Span::call_site(), "there is no variant to read"));
    };
    let blank = members.blank(of);
    let blank = quote!(Self::#ident #blank);

    let (names, units): (Vec<_>, Vec<_>) =
        all.iter().map(|(_, name, members, _)| (name, members.is_unit())).unzip();
    let find = if let Some(tag) = &options.tag {
        quote!((from_json::tagged(value, #tag, &[#(#names),*])?, value))
    } else {
        let texts = units.iter().filter(|is_unit| **is_unit).count();
        let (texts, objects) = names.split_at(texts);
        quote!(from_json::external(value, &[#(#texts),*], &[#(#objects),*])?)
    };
    let indices = 0..all.len();
    let blanks = all.iter().map(|(ident, _, members, of)| {
        let blank = members.blank(of);
        quote!(Self::#ident #blank)
    });
    let reads = all.iter().filter(|(_, _, members, _)| !members.is_unit()).map(|(ident, _, members, of)| {
        let (pattern, read) = (members.pattern(), members.read_from(of));
        quote!(Self::#ident #pattern => #read)
    });
    let others = units.contains(&true).then(|| quote!(_ => Ok(())));
    let read = quote!({
        let (at, value) = #find;
        let _ = value;
        *self = match at { #(#indices => #blanks,)* _ => return Err(Unfit::Form) };
        match self { #(#reads,)* #others }
    });
    Ok(Code { blank, read })
}

/// The fields of a struct or a variant.
enum Members {
    Unit,
    /// One without a name, which stands for the whole.
    Whole,
    Named(Vec<Member>),
}

struct Member {
    ident: Option<Ident>,
    name: String,
    /// Whether it is what its type is by default where it is not there.
    default: bool,
}

impl Members {
    fn read(fields: &Fields, options: &Options) -> Result<Self> {
        match fields {
            Fields::Unit => Ok(Self::Unit),
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => Ok(Self::Whole),
            Fields::Unnamed(fields) => Err(Error::new_spanned(fields, "a tuple cannot be read")),
            Fields::Named(fields) if fields.named.len() > 64 => {
                Err(Error::new_spanned(fields, "these are more members than can be told apart"))
            }
            Fields::Named(fields) => {
                let member = |field: &syn::Field| {
                    let of = Options::read(&field.attrs)?;
                    let name = of.name(&ident(&field.ident), options, Case::fields);
                    Ok(Member { ident: field.ident.clone(), name, default: of.default })
                };
                Ok(Self::Named(fields.named.iter().map(member).collect::<Result<_>>()?))
            }
        }
    }

    fn is_unit(&self) -> bool {
        matches!(self, Self::Unit)
    }

    /// What to take apart by, behind the path.
    fn pattern(&self) -> Tokens {
        match self {
            Self::Unit => Tokens::new(),
            Self::Whole => quote!((whole)),
            Self::Named(members) => {
                let (idents, places) = (members.iter().map(|member| &member.ident), places(members));
                quote!({ #(#idents: #places),* })
            }
        }
    }

    /// What to read into, behind the path.
    fn blank(&self, options: &Options) -> Tokens {
        match self {
            Self::Unit => Tokens::new(),
            Self::Whole => quote!((crate::json::FromJson::blank())),
            // Of the whole, a member is what the whole has there by default, as with serde.
            Self::Named(_) if options.default => quote!({ ..Self::default() }),
            Self::Named(members) => {
                let blanks = members.iter().map(|Member { ident, default, .. }| match default {
                    true => quote!(#ident: Default::default()),
                    false => quote!(#ident: crate::json::FromJson::blank()),
                });
                quote!({ #(#blanks),* })
            }
        }
    }

    /// Reads what was taken apart.
    fn read_from(&self, options: &Options) -> Tokens {
        match self {
            Self::Unit => quote!(Ok(())),
            Self::Whole => quote!(whole.read(value)),
            Self::Named(members) => {
                let names: Vec<_> = members.iter().map(|member| &member.name).collect();
                let places = places(members);
                let check = options.deny_unknown.then(|| quote!(from_json::check_members(value, NAMES)?;));
                let read = if options.default {
                    quote!(from_json::read_given_members(value, NAMES, &mut [#(#places),*]))
                } else {
                    let bits = members
                        .iter()
                        .rev()
                        .fold(0, |bits: u64, member| bits << 1 | u64::from(member.default));
                    quote!(from_json::read_members(value, NAMES, #bits, &mut [#(#places),*]))
                };
                quote!({ const NAMES: &[&str] = &[#(#names),*]; #check #read })
            }
        }
    }
}

/// What the members are called in derived code, where a member's own name may stand for something else.
fn places(members: &[Member]) -> impl Iterator<Item = Ident> {
    (0..members.len()).map(|at| format_ident!("member_{at}"))
}

/// What `#[serde(…)]` says.
#[derive(Default)]
struct Options {
    rename: Option<LitStr>,
    case: Option<Case>,
    tag: Option<String>,
    source: Option<LitStr>,
    default: bool,
    deny_unknown: bool,
}

/// The value of `rename_all`.
#[derive(Clone, Copy)]
enum Case {
    Camel,
    Kebab,
    Lower,
    Upper,
}

impl Options {
    fn read(attributes: &[Attribute]) -> Result<Self> {
        let mut options = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| {
                let key = meta.path.require_ident()?.to_string();
                let text = || meta.value()?.parse::<LitStr>();
                match &*key {
                    "rename" => options.rename = Some(text()?),
                    "rename_all" => options.case = Some(Case::read(&text()?)?),
                    "tag" => options.tag = Some(text()?.value()),
                    "from" | "try_from" => options.source = Some(text()?),
                    "default" if !meta.input.peek(Token![=]) => options.default = true,
                    "deny_unknown_fields" => options.deny_unknown = true,
                    "into" | "skip_serializing_if" => drop(text()?),
                    _ => return Err(meta.error("FromJson does not know this attribute")),
                }
                Ok(())
            })?;
        }
        Ok(options)
    }

    /// The name of what these are the options of, inside something with the options `around`.
    fn name(&self, ident: &str, around: &Self, case: fn(Case, &str) -> String) -> String {
        match (&self.rename, around.case) {
            (Some(name), _) => name.value(),
            (None, Some(around)) => case(around, ident),
            (None, None) => ident.to_owned(),
        }
    }
}

impl Case {
    fn read(text: &LitStr) -> Result<Self> {
        match &*text.value() {
            "camelCase" => Ok(Self::Camel),
            "kebab-case" => Ok(Self::Kebab),
            "lowercase" => Ok(Self::Lower),
            "UPPERCASE" => Ok(Self::Upper),
            _ => Err(Error::new_spanned(text, "FromJson does not know this case")),
        }
    }

    /// The name of a field, which is `snake_case`.
    fn fields(self, name: &str) -> String {
        self.words(&name.split('_').map(str::to_owned).collect::<Vec<_>>())
    }

    /// The name of a variant, which is `PascalCase`.
    fn variants(self, name: &str) -> String {
        let mut words: Vec<String> = Vec::new();
        for char in name.chars() {
            match words.last_mut() {
                Some(word) if !char.is_uppercase() => word.push(char),
                _ => words.push(char.to_lowercase().collect()),
            }
        }
        self.words(&words)
    }

    fn words(self, words: &[String]) -> String {
        match self {
            Self::Kebab => words.join("-"),
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
            Self::Camel => {
                let capital = |word: &String| word[..1].to_uppercase() + &word[1..];
                words.iter().take(1).cloned().chain(words.iter().skip(1).map(capital)).collect()
            }
        }
    }
}

fn ident(ident: &impl ToTokens) -> String {
    ident.to_token_stream().to_string().trim_start_matches("r#").to_owned()
}
