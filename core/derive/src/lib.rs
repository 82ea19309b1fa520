//! `#[derive(FromJson)]`: the attributes of serde, a small part of its code.
//!
//! serde's visitors are made anew for each type and each source of data, and an internally tagged enum needs all
//! of them once more: in wasm that was a third of the module. Reading from a tape that can be looked at twice
//! takes one call for each field.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::{ToTokens, quote};
use syn::{
    Attribute, Data, DeriveInput, Error, Fields, LitStr, Result, Token, Type, Variant, parse_macro_input,
    parse_quote,
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
    let name = &input.ident;
    let options = Options::read(&input.attrs)?;
    let body = if let Some(source) = &options.source {
        let source: Type = source.parse()?;
        quote!(Self::try_from(<#source>::from_json(value)?).map_err(|_| Unfit::Form))
    } else {
        match &input.data {
            Data::Struct(data) => structure(&quote!(Self), &data.fields, &options)?,
            Data::Enum(data) => match &options.tag {
                Some(tag) => tagged(tag, data.variants.iter(), &options)?,
                None => untagged(data.variants.iter(), &options)?,
            },
            Data::Union(_) => return Err(Error::new_spanned(name, "a union cannot be read")),
        }
    };
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        parameter.bounds.push(parse_quote!(crate::json::FromJson));
    }
    let (parameters, arguments, bounds) = generics.split_for_impl();
    Ok(quote! {
        impl #parameters crate::json::FromJson for #name #arguments #bounds {
            fn from_json(value: crate::json::Value<'_>) -> Result<Self, crate::json::Unfit> {
                use crate::json::{Unfit, from_json::{check_members, member, member_or_default, only, text}};
                #body
            }
        }
    })
}

fn structure(path: &Tokens, fields: &Fields, options: &Options) -> Result<Tokens> {
    match fields {
        Fields::Unit => Ok(quote!(Ok(#path))),
        Fields::Unnamed(fields) if fields.unnamed.len() == 1 => {
            Ok(quote!(crate::json::FromJson::from_json(value).map(#path)))
        }
        Fields::Unnamed(fields) => Err(Error::new_spanned(fields, "a tuple cannot be read")),
        Fields::Named(fields) => {
            let mut names = Vec::new();
            let mut reads = Vec::new();
            for field in &fields.named {
                let of = Options::read(&field.attrs)?;
                let name = of.name(&ident(&field.ident), options, Case::fields);
                let target = &field.ident;
                // Of the whole, it is what the whole has there by default, as with serde.
                let read = match (options.default, of.default) {
                    (true, _) => quote!(member::<Option<_>>(value, #name)?.unwrap_or(default.#target)),
                    (_, true) => quote!(member_or_default(value, #name)?),
                    _ => quote!(member(value, #name)?),
                };
                reads.push(quote!(#target: #read));
                names.push(name);
            }
            let check = options.deny_unknown.then(|| quote!(check_members(value, &[#(#names),*])?;));
            let default = options.default.then(|| quote!(let default = Self::default();));
            Ok(quote!({ #check #default Ok(#path { #(#reads),* }) }))
        }
    }
}

fn tagged<'a>(tag: &str, variants: impl Iterator<Item = &'a Variant>, options: &Options) -> Result<Tokens> {
    let mut arms = Vec::new();
    for variant in variants {
        let (of, ident) = (Options::read(&variant.attrs)?, &variant.ident);
        let name = of.name(&ident.to_string(), options, Case::variants);
        let body = structure(&quote!(Self::#ident), &variant.fields, &of)?;
        arms.push(quote!(#name => #body));
    }
    Ok(quote!(match &*member::<alloc::string::String>(value, #tag)? {
        #(#arms,)*
        _ => Err(Unfit::Form),
    }))
}

fn untagged<'a>(variants: impl Iterator<Item = &'a Variant>, options: &Options) -> Result<Tokens> {
    let (mut texts, mut members) = (Vec::new(), Vec::new());
    for variant in variants {
        let (of, ident) = (Options::read(&variant.attrs)?, &variant.ident);
        let name = of.name(&ident.to_string(), options, Case::variants);
        let body = structure(&quote!(Self::#ident), &variant.fields, &of)?;
        let arms = if matches!(variant.fields, Fields::Unit) { &mut texts } else { &mut members };
        arms.push(quote!(#name => #body));
    }
    let objects = (!members.is_empty()).then(|| {
        quote!(if let Some((name, value)) = only(value) {
            return match &*name {
                #(#members,)*
                _ => Err(Unfit::Form),
            };
        })
    });
    Ok(quote! {
        #objects
        match &*text(value)? {
            #(#texts,)*
            _ => Err(Unfit::Form),
        }
    })
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
