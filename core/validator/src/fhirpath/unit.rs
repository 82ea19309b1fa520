//! Units of UCUM that differ by a metric prefix alone, such as `g` and `kg`.
//!
//! Source: UCUM, metric atoms and prefixes. Other units take a terminology server to convert.

const SYSTEM: &str = "http://unitsofmeasure.org";

/// Metric units that stand alone.
const ATOMS: &[&str] = &[
    "g", "m", "L", "l", "s", "mol", "Pa", "J", "W", "N", "V", "A", "K", "Hz", "eq", "U", "[iU]", "Gy", "Bq",
    "Sv", "osm", "bar",
];

/// Prefixes with the powers of ten that they mean.
const PREFIXES: &[(&str, i32)] = &[
    ("T", 12),
    ("G", 9),
    ("M", 6),
    ("k", 3),
    ("h", 2),
    ("da", 1),
    ("d", -1),
    ("c", -2),
    ("m", -3),
    ("u", -6),
    ("n", -9),
    ("p", -12),
    ("f", -15),
];

/// The unit without its prefix, and the power of ten that the prefix means.
pub(super) fn normal<'u>(system: Option<&str>, code: &'u str) -> (&'u str, i32) {
    if system != Some(SYSTEM) {
        return (code, 0);
    }
    let plain = |unit: &'u str| if unit == "l" { "L" } else { unit };
    if ATOMS.contains(&code) {
        return (plain(code), 0);
    }
    let with_prefix = PREFIXES.iter().find_map(|(prefix, power)| {
        let atom = code.strip_prefix(prefix)?;
        ATOMS.contains(&atom).then_some((plain(atom), *power))
    });
    with_prefix.unwrap_or((code, 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_powers_of_ten() {
        let of = |code| normal(Some(SYSTEM), code);
        assert_eq!([of("g"), of("kg"), of("mg")], [("g", 0), ("g", 3), ("g", -3)]);
        assert_eq!([of("m"), of("mm"), of("dam")], [("m", 0), ("m", -3), ("m", 1)]);
        assert_eq!([of("mL"), of("ml")], [("L", -3), ("L", -3)]);
        // A minute is no thousandth of anything, and other systems have units of their own.
        assert_eq!([of("min"), of("mm[Hg]"), normal(None, "kg")], [("min", 0), ("mm[Hg]", 0), ("kg", 0)]);
    }
}
