//! Canonical URLs.

/// The URL alone, of one that may have a version behind a `|`.
pub(super) fn url(canonical: &str) -> &str {
    canonical.split_once('|').map_or(canonical, |(url, _)| url)
}
