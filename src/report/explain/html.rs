//! An answer as a page of its own, for a browser: nothing comes from elsewhere, and nothing in it runs.

use std::io;

use super::Out;
use super::content::Content;
use super::context::Context;
use crate::report::Shown;

/// Everything before the title. The policy lets a browser load and run nothing, also if data broke out of its place.
const HEAD: &str = r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="referrer" content="no-referrer">
<style>
:root { color-scheme: light dark; font: 100%/1.5 system-ui, sans-serif }
body { margin: 0 auto; max-width: 90rem; padding: 1rem }
table { border-collapse: collapse; width: 100% }
th, td { border-bottom: 1px solid color-mix(in srgb, currentColor 25%, transparent); overflow-wrap: anywhere; padding: .4rem .6rem; text-align: left; vertical-align: top }
thead th { position: sticky; top: 0; background: Canvas }
code { font-size: .9em }
.unknown { border-left: .3rem solid #c60; padding-left: .6rem }
</style>
"#;

/// Writes a page: what is not known, what else there is to say, a row for each way, and what all of it is based on.
///
/// # Errors
/// When `out` can't be written to.
pub(super) fn write(content: &Content<'_, '_>, out: Out<'_>) -> io::Result<()> {
    let Content {
        unknown,
        ways,
        context,
        ..
    } = content;
    let title = escaped(&content.question);
    writeln!(
        out,
        "{HEAD}<title>{title}</title>\n</head>\n<body>\n<h1>{title}</h1>"
    )?;
    for unknown in unknown {
        let text = escaped(&context.unknown(unknown));
        writeln!(out, "<p class=\"unknown\">! {text}</p>")?;
    }
    for fact in &content.facts {
        writeln!(out, "<p>{}</p>", escaped(fact))?;
    }
    if !ways.is_empty() {
        write_ways(context, ways, out)?;
    }
    writeln!(
        out,
        "<p>{}</p>\n</body>\n</html>",
        escaped(&context.scope())
    )
}

fn write_ways(
    context: &Context<'_>,
    ways: &[&crate::access::Way<'_>],
    out: Out<'_>,
) -> io::Result<()> {
    writeln!(
        out,
        "<table>\n<thead><tr><th scope=\"col\">Who</th><th scope=\"col\">In AWS</th><th scope=\"col\">Way</th></tr></thead>\n<tbody>"
    )?;
    for way in ways {
        let columns = [
            context.who(way),
            way.identity.to_string(),
            context.path_of(way),
        ];
        let [who, identity, path] = columns.map(|text| escaped(&text));
        writeln!(
            out,
            "<tr><td>{who}</td><td><code>{identity}</code></td><td><code>{path}</code></td></tr>"
        )?;
    }
    writeln!(out, "</tbody>\n</table>")
}

/// Data as text of a page.
fn escaped(text: &str) -> String {
    let text = Shown::text(text).to_string();
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn data_stays_text() {
        assert_eq!(
            escaped("<script>\"&'\u{202e}\n"),
            r"&lt;script&gt;&quot;&amp;&#39;\u{202e}\n"
        );
    }
}
