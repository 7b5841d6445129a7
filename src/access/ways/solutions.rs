//! Finds the values of claims with which a template equals a text.

use std::collections::BTreeMap;

use super::piece::{Piece, TooComplex};
use crate::access::jwts::{Bounds, Jwts, ServerProfile};

/// The largest number of solutions. With more, the answer is unknown.
const MAX_SOLUTIONS: usize = 4096;

/// The largest number of steps in the search: a template with many values can have too many splits even without a
/// solution.
const MAX_STEPS: usize = 1 << 16;

/// The assignments of strings to claims with which some pieces equal a text, for JWTs of `source` on a server.
pub(super) fn solutions(
    pieces: &[Piece],
    text: &str,
    server: ServerProfile,
    source: &Jwts,
) -> Result<Vec<Bounds>, TooComplex> {
    let mut solutions = Solutions {
        server,
        source,
        values: BTreeMap::new(),
        found: Vec::new(),
        steps: 0,
    };
    solutions.solve(pieces, text)?;
    Ok(solutions.found)
}

struct Solutions<'s> {
    server: ServerProfile,
    source: &'s Jwts,
    values: BTreeMap<String, String>,
    found: Vec<Bounds>,
    steps: usize,
}

impl Solutions<'_> {
    fn solve(&mut self, pieces: &[Piece], text: &str) -> Result<(), TooComplex> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(TooComplex);
        }
        let Some((piece, rest)) = pieces.split_first() else {
            if text.is_empty() {
                self.add()?;
            }
            return Ok(());
        };
        match piece {
            Piece::Text(literal) => match text.strip_prefix(literal.as_str()) {
                Some(text) => self.solve(rest, text),
                None => Ok(()),
            },
            Piece::Unknown => {
                for end in ends(text) {
                    self.solve(rest, &text[end..])?;
                }
                Ok(())
            }
            Piece::Claim(claim) => {
                if let Some(value) = self.values.get(claim) {
                    return match text.strip_prefix(value.clone().as_str()) {
                        Some(text) => self.solve(rest, text),
                        None => Ok(()),
                    };
                }
                for end in ends(text) {
                    let value = &text[..end];
                    if value.contains(self.server.blocked()) {
                        break;
                    }
                    // Most ends are not followed by what comes next.
                    let is_followed = match rest.first() {
                        Some(Piece::Text(literal)) => text[end..].starts_with(literal.as_str()),
                        Some(_) => true,
                        None => end == text.len(),
                    };
                    if !is_followed || !self.is_possible(claim, value) {
                        continue;
                    }
                    self.values.insert(claim.clone(), value.to_owned());
                    self.solve(rest, &text[end..])?;
                    self.values.remove(claim);
                }
                Ok(())
            }
        }
    }

    fn is_possible(&self, claim: &str, value: &str) -> bool {
        let mut bounds = self.source.bounds().iter();
        bounds.any(|bounds| bounds.get(claim).scalars.texts.contains(value))
    }

    fn add(&mut self) -> Result<(), TooComplex> {
        if self.found.len() >= MAX_SOLUTIONS {
            return Err(TooComplex);
        }
        let bounds = self
            .values
            .iter()
            .try_fold(Bounds::any(), |bounds, (claim, value)| {
                bounds.with_text(claim, value)
            });
        self.found.extend(bounds);
        Ok(())
    }
}

/// The positions at which a prefix of `text` can end.
fn ends(text: &str) -> impl Iterator<Item = usize> {
    (0..=text.len()).filter(|end| text.is_char_boundary(*end))
}
