//! Numbers as they were written, calculated with exactly.

use core::{cmp::Ordering, fmt};

/// Most digits after the point.
const MOST_PLACES: u32 = 28;

/// Most that is calculated with: 28 digits, as R4 asks of no less than 18.
const MOST: i128 = 10_i128.pow(28);

/// `mantissa / 10^places`; the places are those written, so that `1.00` stays so.
#[derive(Clone, Copy, Debug)]
pub(super) struct Decimal {
    mantissa: i128,
    places: u32,
}

impl Decimal {
    fn new(mantissa: i128, places: u32) -> Option<Self> {
        let mut number = Self { mantissa, places };
        while number.places > 0
            && (number.places > MOST_PLACES || number.mantissa.abs() >= MOST)
            && number.mantissa % 10 == 0
        {
            number = Self { mantissa: number.mantissa / 10, places: number.places - 1 };
        }
        (number.places <= MOST_PLACES && number.mantissa.abs() < MOST).then_some(number)
    }

    /// Reads a number of JSON or FHIRPath; `None` where it has more digits than are calculated with.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let is_negative = digits.starts_with('-');
        let (mut mantissa, mut places, mut is_fraction, mut count) = (0_i128, 0_i32, false, 0);
        for byte in digits.bytes().skip(usize::from(digits.starts_with(['-', '+']))) {
            match byte {
                b'0'..=b'9' => {
                    mantissa = mantissa.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
                    places += i32::from(is_fraction);
                    count += 1;
                }
                b'.' if !is_fraction => is_fraction = true,
                _ => return None,
            }
        }
        if count == 0 {
            return None;
        }
        let places = places.checked_sub(exponent)?;
        if places < 0 {
            mantissa = mantissa.checked_mul(10_i128.checked_pow(places.unsigned_abs())?)?;
        }
        Self::new(if is_negative { -mantissa } else { mantissa }, places.max(0).unsigned_abs())
    }

    /// The number, where it has no fraction.
    pub(super) fn to_integer(self) -> Option<i64> {
        let scale = 10_i128.pow(self.places);
        if self.mantissa % scale == 0 { i64::try_from(self.mantissa / scale).ok() } else { None }
    }

    pub(super) fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    pub(super) fn places(self) -> u32 {
        self.places
    }

    pub(super) fn negate(self) -> Self {
        Self { mantissa: -self.mantissa, ..self }
    }

    pub(super) fn abs(self) -> Self {
        Self { mantissa: self.mantissa.abs(), ..self }
    }

    fn aligned(self, other: Self) -> Option<(i128, i128, u32)> {
        let places = self.places.max(other.places);
        let to = |number: Self| number.mantissa.checked_mul(10_i128.pow(places - number.places));
        Some((to(self)?, to(other)?, places))
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let (left, right, places) = self.aligned(other)?;
        Self::new(left.checked_add(right)?, places)
    }

    pub(super) fn multiply(self, other: Self) -> Option<Self> {
        Self::new(self.mantissa.checked_mul(other.mantissa)?, self.places + other.places)
    }

    /// The quotient with as many places as fit; `None` for a division by zero.
    pub(super) fn divide(self, by: Self) -> Option<Self> {
        if by.is_zero() {
            return None;
        }
        let (left, right, _) = self.aligned(by)?;
        let (scaled, places) = (0..=18).rev().find_map(|places| {
            let scaled = left.checked_mul(10_i128.pow(places))?;
            Some((scaled, places))
        })?;
        let mut quotient = Self::new(scaled / right, places)?;
        while quotient.places > 0 && quotient.mantissa % 10 == 0 {
            quotient = Self { mantissa: quotient.mantissa / 10, places: quotient.places - 1 };
        }
        Some(quotient)
    }

    /// The whole part of the quotient and what remains.
    pub(super) fn divide_whole(self, by: Self) -> Option<(Self, Self)> {
        let (left, right, places) = self.aligned(by)?;
        let whole = left.checked_div(right)?;
        Some((Self::new(whole, 0)?, Self::new(left % right, places)?))
    }

    /// Without what is beyond `places`, rounded as `way` says.
    pub(super) fn round(self, places: u32, way: Rounding) -> Self {
        if places >= self.places {
            return self;
        }
        let scale = 10_i128.pow(self.places - places);
        let (floor, rest) = (self.mantissa.div_euclid(scale), self.mantissa.rem_euclid(scale));
        let is_up = match way {
            Rounding::Down => false,
            Rounding::Up => rest > 0,
            Rounding::Zero => rest > 0 && self.mantissa < 0,
            // Halves go away from zero.
            Rounding::Nearest => rest * 2 > scale || (rest * 2 == scale && self.mantissa > 0),
        };
        Self { mantissa: floor + i128::from(is_up), places }
    }
}

/// Which way to round.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rounding {
    Down,
    Up,
    Zero,
    Nearest,
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self { mantissa: number.into(), places: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        // The whole parts first: the fractions alone always fit one scale.
        let parts = |number: &Self| {
            let scale = 10_i128.pow(number.places);
            let fraction = number.mantissa.rem_euclid(scale) * 10_i128.pow(MOST_PLACES - number.places);
            (number.mantissa.div_euclid(scale), fraction)
        };
        parts(self).cmp(&parts(other))
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scale = 10_u128.pow(self.places);
        let (sign, size) = (if self.mantissa < 0 { "-" } else { "" }, self.mantissa.unsigned_abs());
        write!(f, "{sign}{}", size / scale)?;
        if self.places > 0 {
            write!(f, ".{:0width$}", size % scale, width = self.places as usize)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    fn of(text: &str) -> Decimal {
        Decimal::parse(text).unwrap()
    }

    #[test]
    fn sums_that_floating_point_gets_wrong() {
        assert_eq!(of("0.1").add(of("0.2")).unwrap(), of("0.3"));
        assert_eq!(of("1.10").multiply(of("3")).unwrap().to_string(), "3.30");
        assert_eq!(of("1").divide(of("3")).unwrap().to_string(), "0.333333333333333333");
        assert_eq!(of("1").divide(of("8")).unwrap().to_string(), "0.125");
        assert!(of("1").divide(of("0.00")).is_none() && of("1").divide_whole(of("0")).is_none());
        let (whole, rest) = of("-7.5").divide_whole(of("2")).unwrap();
        assert_eq!((whole.to_string(), rest.to_string()), ("-3".into(), "-1.5".into()));
    }

    #[test]
    fn order_and_text() {
        assert!(of("1.00") == of("1") && of("-0.5") < of("-0.49") && of("1e3") > of("999.9999"));
        assert!(of("9999999999999999999999999999") > of("0.0000000000000000000000000001"));
        for text in ["1.00", "-0.05", "0", "120"] {
            assert_eq!(of(text).to_string(), text);
        }
        assert_eq!(of("1.5e-3").to_string(), "0.0015");
        for text in ["", "-", ".", "x", "1e99", "1e-99", "99999999999999999999999999999"] {
            assert!(Decimal::parse(text).is_none(), "{text}");
        }
        assert_eq!((of("3.0").to_integer(), of("3.1").to_integer()), (Some(3), None));
    }

    #[test]
    fn rounding() {
        for (text, down, up, zero, nearest) in [
            ("2.5", "2", "3", "2", "3"),
            ("-2.5", "-3", "-2", "-2", "-3"),
            ("2", "2", "2", "2", "2"),
            ("-0.4", "-1", "0", "0", "0"),
        ] {
            let ways = [Rounding::Down, Rounding::Up, Rounding::Zero, Rounding::Nearest];
            let found = ways.map(|way| of(text).round(0, way).to_string());
            assert_eq!(found, [down, up, zero, nearest], "{text}");
        }
    }
}
