//! The packs that were loaded: the one thing that lives in here between two calls.

use std::cell::RefCell;

use fhir_solicit_validator::pack::{Pack, PackError};

/// What was loaded, by name and source, and all of it as one.
struct Loaded {
    names: Vec<(String, String)>,
    all: Pack,
}

thread_local!(static LOADED: RefCell<Option<Loaded>> = const { RefCell::new(None) });

/// Adds the pack to those loaded; gives its name.
pub(crate) fn load(bytes: Vec<u8>) -> Result<String, PackError> {
    let pack = Pack::read(bytes)?;
    let name = (pack.id().to_owned(), pack.source().to_owned());
    let id = name.0.clone();
    LOADED.with_borrow_mut(|loaded| {
        if let Some(loaded) = loaded {
            if !loaded.names.contains(&name) {
                loaded.all = loaded.all.join(&pack);
                loaded.names.push(name);
            }
        } else {
            *loaded = Some(Loaded { names: vec![name], all: Pack::exchange().join(&pack) });
        }
    });
    Ok(id)
}

/// Gives `check` all definitions there are.
pub(crate) fn with<T>(check: impl FnOnce(&Pack) -> T) -> T {
    LOADED.with_borrow(|loaded| match loaded {
        Some(loaded) => check(&loaded.all),
        None => check(Pack::exchange()),
    })
}
