//! Every version of every resource.

use std::{collections::BTreeMap, sync::Arc};

use fhir_solicit::{fhir::Instant, json::Document};

use crate::{message::Method, refusal::Refusal};

/// One version. A deletion is one too.
#[derive(Clone)]
pub(crate) struct Version {
    /// `versionId`: 1, 2, 3, …
    pub(crate) number: usize,
    /// When it came to be, in the order of all versions of the store. It names a snapshot: the
    /// store as it was right after.
    pub(crate) sequence: u64,
    /// `lastUpdated`.
    pub(crate) at: Instant,
    /// The method that made it, for the history.
    pub(crate) method: Method,
    /// `None` where it was deleted.
    pub(crate) content: Option<Arc<Document>>,
}

impl Version {
    /// The weak entity tag (R4 http, versions).
    pub(crate) fn etag(&self) -> String {
        format!("W/\"{}\"", self.number)
    }
}

/// A version together with the `Type/id` it belongs to.
#[derive(Clone, Copy)]
pub(crate) struct Row<'s> {
    pub(crate) key: &'s str,
    pub(crate) version: &'s Version,
}

/// All that a server remembers. Content is shared, so a clone is cheap.
#[derive(Clone, Default)]
pub(crate) struct Store {
    /// By `Type/id`, oldest first, never empty.
    versions: BTreeMap<String, Vec<Version>>,
    sequence: u64,
    minted: u64,
}

impl Store {
    /// An id that no resource of this type has had: 1, 2, 3, … across all types.
    pub(crate) fn mint(&mut self, resource_type: &str) -> String {
        loop {
            self.minted += 1;
            let key = format!("{resource_type}/{}", self.minted);
            if !self.versions.contains_key(&key) {
                return self.minted.to_string();
            }
        }
    }

    /// The number of the latest snapshot.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// All versions of `Type/id`, oldest first.
    pub(crate) fn versions(&self, key: &str) -> &[Version] {
        self.versions.get(key).map_or(&[], Vec::as_slice)
    }

    /// The latest version of `Type/id`, deleted or not.
    pub(crate) fn latest(&self, key: &str) -> Option<&Version> {
        self.versions(key).last()
    }

    /// The content of `Type/id`, unless deleted.
    pub(crate) fn content(&self, key: &str) -> Option<&Arc<Document>> {
        self.latest(key)?.content.as_ref()
    }

    /// The resources of one type, or of all, with their versions.
    fn histories<'s>(
        &'s self,
        resource_type: Option<&str>,
    ) -> impl Iterator<Item = (&'s String, &'s Vec<Version>)> + use<'s> {
        // All keys of a type lie between `Type/` and `Type0`, the next character after the slash.
        let (from, to) = resource_type
            .map_or((String::new(), "~".to_owned()), |name| (format!("{name}/"), format!("{name}0")));
        self.versions.range(from..to)
    }

    /// Every version of the resources of one type, or of all.
    pub(crate) fn rows<'s>(&'s self, resource_type: Option<&str>) -> impl Iterator<Item = Row<'s>> + use<'s> {
        self.histories(resource_type)
            .flat_map(|(key, versions)| versions.iter().map(move |version| Row { key, version }))
    }

    /// The resources of one type, or of all, as they were at a snapshot.
    pub(crate) fn snapshot<'s>(
        &'s self,
        resource_type: Option<&str>,
        sequence: u64,
    ) -> impl Iterator<Item = (Row<'s>, &'s Arc<Document>)> + use<'s> {
        self.histories(resource_type).filter_map(move |(key, versions)| {
            let version = versions.iter().rfind(|version| version.sequence <= sequence)?;
            Some((Row { key, version }, version.content.as_ref()?))
        })
    }

    /// Stores `document` as the next version of `Type/id`, with its `id` and `meta` set.
    pub(crate) fn put(
        &mut self,
        key: &str,
        mut document: Document,
        method: Method,
        now: Instant,
    ) -> Result<&Version, Refusal> {
        let (_, id) = key.split_once('/').unwrap_or_default();
        let number = self.versions(key).len() + 1;
        // An id that is right already stays as it was written.
        if document.root().string("id").as_deref() != Some(id) {
            document.set("/id", id)?;
        }
        document.set("/meta/versionId", &number.to_string())?;
        document.set("/meta/lastUpdated", &now)?;
        Ok(self.push(key, method, now, Some(Arc::new(document))))
    }

    /// Makes the next version of `Type/id` a deletion.
    pub(crate) fn delete(&mut self, key: &str, now: Instant) -> &Version {
        self.push(key, Method::Delete, now, None)
    }

    fn push(&mut self, key: &str, method: Method, at: Instant, content: Option<Arc<Document>>) -> &Version {
        self.sequence += 1;
        let versions = self.versions.entry(key.to_owned()).or_default();
        let (index, sequence) = (versions.len(), self.sequence);
        versions.push(Version { number: index + 1, sequence, at, method, content });
        &versions[index]
    }
}
