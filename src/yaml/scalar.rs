//! The meaning of a plain (unquoted) YAML scalar: the core schema of YAML 1.2, section 10.3.2, except where parsers differ.

/// A plain scalar by its meaning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Plain {
    /// Nothing at all, `~` or `null`.
    Null,
    /// `true` or `false`. `yes`, `no`, `on` and `off` are strings since YAML 1.2.
    Bool(bool),
    /// A whole number in plain decimal digits, without leading zeros.
    Unsigned(u64),
    /// A negative one.
    Negative(i64),
    /// A finite number with a fraction or an exponent.
    Float(f64),
    /// A number in some parsers and something else in others: `0123` (octal in YAML 1.1), `0o17`, `0x1F`, `.inf`, or
    /// digits beyond 64 bits. Only quotes make it clear, so it is neither a number nor a string here.
    Unclear,
    /// Everything else.
    Text,
}

impl Plain {
    /// The meaning of `text`.
    pub(crate) fn of(text: &str) -> Self {
        match text {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            _ if is_decimal(text) => Self::decimal(text),
            _ if is_float(text) => Self::float(text),
            _ if is_other_number(text) => Self::Unclear,
            _ => Self::Text,
        }
    }

    fn decimal(text: &str) -> Self {
        let digits = without_sign(text);
        if digits.len() > 1 && digits.starts_with('0') {
            return Self::Unclear;
        }
        text.parse()
            .map(Self::Unsigned)
            .or_else(|_| text.parse().map(Self::Negative))
            .unwrap_or(Self::Unclear)
    }

    fn float(text: &str) -> Self {
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Self::Float(number),
            _ => Self::Unclear,
        }
    }
}

fn without_sign(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_decimal(text: &str) -> bool {
    is_digits(without_sign(text))
}

/// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
fn is_float(text: &str) -> bool {
    let text = without_sign(text);
    let (number, exponent) = match text.split_once(['e', 'E']) {
        Some((number, exponent)) => (number, Some(exponent)),
        None => (text, None),
    };
    let number_fits = match number.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(number),
    };
    number_fits && exponent.is_none_or(is_decimal)
}

fn is_other_number(text: &str) -> bool {
    let is_based = |prefix, radix| {
        text.strip_prefix(prefix).is_some_and(|digits: &str| {
            !digits.is_empty() && digits.chars().all(|c| c.is_digit(radix))
        })
    };
    let special = [".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"];
    special.contains(&without_sign(text)) || is_based("0o", 8) || is_based("0x", 16)
}

#[cfg(test)]
mod tests {
    use super::Plain::{self, *};

    #[test]
    fn plain_scalars_mean_what_yaml_1_2_says_or_are_unclear() {
        let cases: [(&[&str], Plain); 11] = [
            (&["", "~", "null", "Null"], Null),
            (&["true", "True"], Bool(true)),
            (&["false", "FALSE"], Bool(false)),
            (&["0"], Unsigned(0)),
            (&["7012", "+7012"], Unsigned(7012)),
            (&["18446744073709551615"], Unsigned(u64::MAX)),
            (&["-1"], Negative(-1)),
            (&["1e3", "1000.", "1.0e+3"], Float(1000.0)),
            (&[".5", "0.5"], Float(0.5)),
            (
                &[
                    "0365",
                    "-01",
                    "0o17",
                    "0x1F",
                    ".inf",
                    "-.INF",
                    ".nan",
                    "1e999",
                    "18446744073709551616",
                ],
                Unclear,
            ),
            (
                &[
                    "yes",
                    "no",
                    "on",
                    "off",
                    "y",
                    "n",
                    "nULL",
                    "10m",
                    "1:30",
                    "1_000",
                    "1.2.3",
                    "e3",
                    ".",
                    "-",
                    "+",
                    "0x",
                    "0b1",
                    "1e",
                    "--1",
                    "2024-01-02",
                    "365-dev",
                    "arn:aws:iam::1:role/x",
                ],
                Text,
            ),
        ];
        for (texts, meaning) in cases {
            for text in texts {
                assert_eq!(Plain::of(text), meaning, "{text:?}");
            }
        }
    }
}
