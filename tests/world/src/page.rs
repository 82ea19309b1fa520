//! Pages of a snapshot.
//!
//! The token in a `next` link names the snapshot that the first page showed and how far the
//! reader is. Writes in between change neither, so that the pages together are complete and
//! nothing comes twice, and the server has nothing to remember.

use crate::refusal::Refusal;

/// Rows on a page unless `_count` says otherwise, and at most.
const DEFAULT_COUNT: usize = 20;
const MOST: usize = 1000;

/// A part of the rows of a snapshot.
pub(crate) struct Page {
    /// The snapshot.
    pub(crate) sequence: u64,
    start: usize,
    count: usize,
}

impl Page {
    /// Whether a parameter is about pages.
    pub(crate) fn owns(name: &str) -> bool {
        matches!(name, "_count" | "_page")
    }

    /// Reads `_count` and `_page`; the first page is of the snapshot `sequence`.
    pub(crate) fn read(pairs: &[(String, String)], sequence: u64) -> Result<Self, Refusal> {
        let value = |name| pairs.iter().rfind(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let count = match value("_count") {
            None => DEFAULT_COUNT,
            Some(count) => {
                let count = count.parse::<usize>();
                count.map_err(|_| Refusal::invalid("_count takes a number from 0 on"))?.min(MOST)
            }
        };
        let Some(token) = value("_page") else { return Ok(Self { sequence, start: 0, count }) };
        let read = || {
            let (snapshot, start) = token.split_once('.')?;
            Some((u64::from_str_radix(snapshot, 36).ok()?, usize::from_str_radix(start, 36).ok()?))
        };
        let (snapshot, start) = read()
            .filter(|(snapshot, _)| *snapshot <= sequence)
            .ok_or_else(|| Refusal::invalid("_page is taken from a next link as it is"))?;
        Ok(Self { sequence: snapshot, start, count })
    }

    /// How many rows there are in all, and those on this page.
    pub(crate) fn cut<'r, T>(&self, rows: &'r [T]) -> (usize, &'r [T]) {
        let rest = rows.get(self.start..).unwrap_or_default();
        (rows.len(), &rest[..self.count.min(rest.len())])
    }

    /// The links `self` and, where more follows, `next`.
    pub(crate) fn links(
        &self,
        url: &str,
        used: &[&(String, String)],
        total: usize,
    ) -> Vec<(&'static str, String)> {
        let link = |token: Option<String>| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            for (name, value) in used {
                if token.is_none() || name != "_page" {
                    query.append_pair(name, value);
                }
            }
            if let Some(token) = token {
                query.append_pair("_page", &token);
            }
            let query = query.finish();
            if query.is_empty() { url.to_owned() } else { format!("{url}?{query}") }
        };
        let mut links = vec![("self", link(None))];
        let end = self.start.saturating_add(self.count);
        if self.count > 0 && end < total {
            links.push(("next", link(Some(format!("{}.{}", base36(self.sequence), base36(end as u64))))));
        }
        links
    }
}

fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.extend(char::from_digit((number % 36) as u32, 36));
        number /= 36;
        if number == 0 {
            return digits.into_iter().rev().collect();
        }
    }
}
