//! What is around the content of every page.

use std::io::{self, Write};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::text;

const STYLE: &str = include_str!("style.css");

/// A page around its content.
pub(in crate::report) struct Shell<'a> {
    /// The title, which is also the heading.
    pub(in crate::report) title: &'a str,
    /// The script, if there is one. It must not contain `</script`.
    pub(in crate::report) script: Option<&'a str>,
}

impl Shell<'_> {
    /// Writes everything above the content.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(in crate::report) fn begin(&self, out: &mut dyn Write) -> io::Result<()> {
        let title = text(self.title);
        let policy = self.policy();
        write!(
            out,
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             <meta name=\"referrer\" content=\"no-referrer\">\n<title>{title}</title>\n\
             <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n"
        )
    }

    /// Writes everything below the content.
    ///
    /// # Errors
    /// When `out` can't be written to.
    pub(in crate::report) fn end(&self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(script) = self.script {
            writeln!(out, "<script>{script}</script>")?;
        }
        write!(out, "</body>\n</html>\n")
    }

    /// A browser loads nothing, and runs nothing but this style and this script, even if data broke out of its place.
    ///
    /// <https://www.w3.org/TR/CSP3/>
    fn policy(&self) -> String {
        let script = match self.script {
            Some(script) => format!("script-src {}; ", source(script)),
            None => String::new(),
        };
        format!(
            "default-src 'none'; {script}style-src {}; base-uri 'none'; form-action 'none'",
            source(STYLE)
        )
    }
}

/// A source expression that only this text matches.
fn source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text)))
}

/// Writes facts about a page, each with its name.
///
/// # Errors
/// When `out` can't be written to.
pub(in crate::report) fn facts(facts: &[(&str, String)], out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "<dl class=\"facts\">")?;
    for (name, fact) in facts {
        writeln!(out, "<dt>{}</dt><dd>{}</dd>", text(name), text(fact))?;
    }
    writeln!(out, "</dl>")
}
