//! FHIR packages: their manifest, and which of their files hold definitions.
//!
//! A package is a tar archive, compressed by gzip, with everything in a folder `package`; or that archive
//! unpacked. Definitions lie right in the folder, examples and other things in folders of their own. What
//! comes from elsewhere may be hostile: nothing is unpacked further than a package can honestly need.
//!
//! Source: FHIR NPM packages (confluence.hl7.org, "NPM Package Specification"); POSIX ustar and pax.

use std::io::Read;

use flate2::read::GzDecoder;

use crate::{
    Definitions, Error,
    json::{Document, FromJson},
};

/// Most files in an archive; hl7.terminology has 6,000.
const MOST_FILES: usize = 100_000;

/// Most bytes of all files together.
const MOST_BYTES: usize = 1 << 30;

/// Most bytes of one file that is read.
const MOST_OF_FILE: usize = 128 << 20;

/// How many times larger than the archive its content may be; text shrinks to a tenth, seldom to a fiftieth.
const MOST_TIMES: usize = 200;

/// The size of a block of a tar archive.
const BLOCK: usize = 512;

/// What a package says of itself in `package.json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromJson)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    /// Its name, such as `hl7.fhir.us.core`.
    #[serde(default)]
    pub name: String,
    /// Its version.
    #[serde(default)]
    pub version: String,
    /// The packages it builds on, with their versions.
    #[serde(default)]
    pub dependencies: std::collections::BTreeMap<String, String>,
    /// The versions of FHIR it is for; none where it does not say.
    #[serde(default)]
    pub fhir_versions: Vec<String>,
}

/// Why a package could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// It is not compressed by gzip, or damaged.
    #[error("it is no gzip archive, or damaged")]
    Gzip,
    /// What is compressed is no tar archive, or damaged.
    #[error("it is no tar archive, or damaged")]
    Tar,
    /// A file of it leads out of the package.
    #[error("its file {0} leads out of the package")]
    Outside(String),
    /// It unpacks to more than a package can honestly hold.
    #[error("it unpacks to more than {most} {what}")]
    Limit {
        /// How many there may be.
        most: usize,
        /// Of what.
        what: &'static str,
    },
    /// It is for another version of FHIR than R4.
    #[error("it is for FHIR {0}; R4 (4.0) is needed")]
    Version(String),
}

impl Definitions {
    /// Adds the definitions of the package in `bytes`, which is a `.tgz` called `name` in errors.
    ///
    /// # Errors
    /// [`Error::Package`] where the archive is damaged, hostile or for another version of FHIR; else as
    /// [`Definitions::add`].
    pub fn add_archive(&mut self, name: &str, bytes: &[u8]) -> Result<(), Error> {
        let package = |source| Error::Package { name: name.into(), source };
        let most = MOST_BYTES.min(bytes.len().saturating_mul(MOST_TIMES));
        let mut archive = Archive { reader: GzDecoder::new(bytes), left: most, most };
        let mut count = 0;
        while let Some((path, size)) = archive.next().map_err(package)? {
            count += 1;
            if count > MOST_FILES {
                return Err(package(PackageError::Limit { most: MOST_FILES, what: "files" }));
            }
            if path.split(['/', '\\']).any(|part| part == "..") || path.starts_with(['/', '\\']) {
                return Err(package(PackageError::Outside(path)));
            }
            match definition_file(&path) {
                Some(_) if size > MOST_OF_FILE => {
                    return Err(package(PackageError::Limit {
                        most: MOST_OF_FILE,
                        what: "bytes of one file",
                    }));
                }
                Some(file) => {
                    let content = archive.take(size).map_err(package)?;
                    self.add_file(name, file, &content)?;
                }
                None => archive.skip(padded(size)).map_err(package)?,
            }
        }
        Ok(())
    }

    /// Adds the definitions of a package that was unpacked: its files by their paths in it. Where none of them
    /// is a `package.json`, all JSON is read, as if each file had been given to [`Definitions::add`].
    ///
    /// # Errors
    /// As [`Definitions::add_archive`].
    pub fn add_folder<'b>(
        &mut self,
        name: &str,
        files: impl IntoIterator<Item = (&'b str, &'b [u8])> + Clone,
    ) -> Result<(), Error> {
        let is_package =
            files.clone().into_iter().any(|(path, _)| definition_file(path) == Some("package.json"));
        for (path, bytes) in files {
            match definition_file(path) {
                Some(file) => self.add_file(name, file, bytes)?,
                None if !is_package && is_json(path) => self.add(path, bytes)?,
                None => {}
            }
        }
        Ok(())
    }

    fn add_file(&mut self, package: &str, file: &str, bytes: &[u8]) -> Result<(), Error> {
        if file != "package.json" {
            return self.add(file, bytes);
        }
        let document = Document::parse(bytes)
            .map_err(|source| Error::Json { file: format!("{package} {file}"), source })?;
        let manifest = Manifest::from_json(document.root()).map_err(|source| Error::Malformed {
            file: format!("{package} {file}"),
            resource_type: "manifest".into(),
            element: String::new(),
            source,
        })?;
        if !manifest.fhir_versions.is_empty()
            && !manifest.fhir_versions.iter().any(|one| one.starts_with("4.0"))
        {
            let source = PackageError::Version(manifest.fhir_versions.join(", "));
            return Err(Error::Package { name: package.into(), source });
        }
        self.packages.push(manifest);
        Ok(())
    }

    /// The packages that were added, as they call themselves.
    pub fn packages(&self) -> &[Manifest] {
        &self.packages
    }

    /// The packages that others build on and that were not added: `name version`, the base of R4 aside.
    pub fn missing_packages(&self) -> Vec<String> {
        let all = self.packages.iter().flat_map(|one| &one.dependencies);
        let is_here =
            |name: &str| name.starts_with("hl7.fhir.r4.") || self.packages.iter().any(|one| one.name == name);
        let mut missing: Vec<String> = all
            .filter(|(name, _)| !is_here(name))
            .map(|(name, version)| format!("{name} {version}"))
            .collect();
        missing.sort();
        missing.dedup();
        missing
    }
}

/// The name of a file that lies where definitions do.
fn definition_file(path: &str) -> Option<&str> {
    let path = path.strip_prefix("./").unwrap_or(path);
    let path = path.strip_prefix("package/").unwrap_or(path);
    (is_json(path) && !path.contains('/') && !path.starts_with('.')).then_some(path)
}

fn is_json(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, extension)| extension.eq_ignore_ascii_case("json"))
}

/// A tar archive that is read once, front to back.
struct Archive<'b> {
    reader: GzDecoder<&'b [u8]>,
    left: usize,
    most: usize,
}

impl Archive<'_> {
    /// The path and size of the next file, whose content comes next.
    fn next(&mut self) -> Result<Option<(String, usize)>, PackageError> {
        let mut long_name = None;
        loop {
            let header = self.read(BLOCK)?;
            if header.is_empty() || header.iter().all(|byte| *byte == 0) {
                return Ok(None);
            }
            if header.len() < BLOCK || !has_checksum(&header) {
                return Err(PackageError::Tar);
            }
            let size = octal(&header[124..136]).ok_or(PackageError::Tar)?;
            match header[156] {
                // Names that are too long for the header stand before it, in the form of pax or of GNU.
                kind @ (b'x' | b'L') => {
                    if size > BLOCK * 128 {
                        return Err(PackageError::Tar);
                    }
                    let content = self.take(size)?;
                    let name = if kind == b'x' { pax_path(&content) } else { Some(text(&content)) };
                    long_name = name.or(long_name);
                }
                b'0' | 0 => {
                    let prefix =
                        if &header[257..262] == b"ustar" { text(&header[345..500]) } else { String::new() };
                    let name = text(&header[..100]);
                    let name = if prefix.is_empty() { name } else { format!("{prefix}/{name}") };
                    return Ok(Some((long_name.unwrap_or(name), size)));
                }
                // Folders, and links, which nothing of a package needs.
                _ => {
                    long_name = None;
                    self.skip(padded(size))?;
                }
            }
        }
    }

    /// The content of a file, and past what fills its last block.
    fn take(&mut self, size: usize) -> Result<Vec<u8>, PackageError> {
        let content = self.read(size)?;
        if content.len() < size {
            return Err(PackageError::Tar);
        }
        self.skip(padded(size) - size)?;
        Ok(content)
    }

    /// As many bytes, or those that are left.
    fn read(&mut self, count: usize) -> Result<Vec<u8>, PackageError> {
        self.spend(count)?;
        let mut bytes = Vec::new();
        let mut part = (&mut self.reader).take(count as u64);
        part.read_to_end(&mut bytes).map_err(|_| PackageError::Gzip)?;
        Ok(bytes)
    }

    fn skip(&mut self, count: usize) -> Result<(), PackageError> {
        self.spend(count)?;
        let mut part = (&mut self.reader).take(count as u64);
        std::io::copy(&mut part, &mut std::io::sink()).map_err(|_| PackageError::Gzip)?;
        Ok(())
    }

    fn spend(&mut self, count: usize) -> Result<(), PackageError> {
        let most = self.most;
        self.left = self.left.checked_sub(count).ok_or(PackageError::Limit { most, what: "bytes" })?;
        Ok(())
    }
}

/// The sum of all bytes of the header, those of the sum itself as spaces.
fn has_checksum(header: &[u8]) -> bool {
    let bytes = header.iter().enumerate();
    let sum: usize =
        bytes.map(|(at, byte)| if (148..156).contains(&at) { 32 } else { usize::from(*byte) }).sum();
    octal(&header[148..156]) == Some(sum)
}

fn octal(field: &[u8]) -> Option<usize> {
    let text = std::str::from_utf8(field).ok()?;
    usize::from_str_radix(text.trim_matches([' ', '\0']), 8).ok()
}

fn text(field: &[u8]) -> String {
    let end = field.iter().position(|byte| *byte == 0).unwrap_or(field.len());
    String::from_utf8_lossy(&field[..end]).into_owned()
}

/// The record `path` of an extended header: each is its length, a space, `key=value` and a line's end.
fn pax_path(mut content: &[u8]) -> Option<String> {
    loop {
        let space = content.iter().position(|byte| *byte == b' ')?;
        let length: usize = std::str::from_utf8(&content[..space]).ok()?.parse().ok()?;
        let record = content.get(space + 1..length)?;
        if let Some(path) = record.strip_prefix(b"path=") {
            return Some(text(path.strip_suffix(b"\n")?));
        }
        content = &content[length..];
    }
}

fn padded(size: usize) -> usize {
    size.div_ceil(BLOCK).saturating_mul(BLOCK)
}
