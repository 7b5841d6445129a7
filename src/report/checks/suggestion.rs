//! What to write instead, as suggestions that GitLab applies.

use super::findings::{Checked, Located};
use crate::diagnostic::{Mend, Sources};
use crate::gitlab::Suggestion;
use crate::report::{Shown, markdown};

/// A suggestion for each mistake with a mend that is certain.
pub(crate) fn suggestions(checked: &Checked<'_>) -> Vec<Suggestion> {
    let located = checked.located();
    let suggestions = located
        .iter()
        .filter_map(|found| of(found, checked.sources));
    suggestions.collect()
}

fn of(found: &Located<'_>, sources: &Sources) -> Option<Suggestion> {
    let diagnostic = found.diagnostic;
    let Mend { span, text: mend } = diagnostic.mend.as_ref()?;
    let text = sources.text(span.file);
    let (before, wrong, after) = (
        text.get(..span.start)?,
        text.get(span.start..span.end)?,
        text.get(span.end..)?,
    );
    let first = 1 + before.matches('\n').count();
    let last = first + wrong.matches('\n').count();
    // The line of the mistake, or that of the mend where it is elsewhere.
    let line = if (first..=last).contains(&found.line) {
        found.line
    } else {
        first
    };
    let before = before.rsplit('\n').next()?;
    let after = after.split(['\r', '\n']).next()?;
    let lines = format!("{before}{mend}{after}").replace("\r\n", "\n");
    if !lines.split('\n').all(can_be_suggested) {
        return None;
    }
    let fence = "`".repeat(markdown::longest_run(&lines).max(2) + 1);
    let message = markdown::code(&Shown::text(&found.text()));
    let (above, below) = (line - first, last - line);
    Some(Suggestion {
        fingerprint: found.fingerprint.clone(),
        path: found.path.clone(),
        line,
        text: format!("{message}\n\n{fence}suggestion:-{above}+{below}\n{lines}\n{fence}\n"),
    })
}

/// GitLab reads a line that begins with a slash as a command, Markdown reads `\r` as the end of a line, and what was hidden
/// must not be written into the file.
fn can_be_suggested(line: &str) -> bool {
    !line.trim_start().starts_with('/') && !line.contains("**") && !line.contains('\r')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::{Code, Diagnostic, Span};
    use crate::report::CheckedSubject;

    fn suggested(text: &str, wrong: &str) -> Option<String> {
        let mut sources = Sources::default();
        let file = sources.add("mappings/vault.yaml", text);
        let start = text.find(wrong).unwrap();
        let span = Span::new(file, start, start + wrong.len());
        let mistake = Diagnostic::error(Code::UnknownKey, format!("unknown key `{wrong}`"), span);
        let checked = Checked {
            diagnostics: &[mistake.with_mend("right")],
            sources: &sources,
            subject: CheckedSubject::Files {
                lints: Vec::new(),
                contract: None,
            },
            path: &str::to_owned,
        };
        let suggestions = suggestions(&checked);
        suggestions.into_iter().next().map(|one| one.text)
    }

    #[test]
    fn the_whole_line_is_suggested_with_the_mend_in_it() {
        assert_eq!(
            suggested("a: 1\n  wrong: 2 # why\r\nb: 3\n", "wrong").unwrap(),
            "`` unknown key `wrong`; write `right` ``\n\n```suggestion:-0+0\n  right: 2 # why\n```\n"
        );
        let fenced = suggested("wrong: '```'\n", "wrong").unwrap();
        assert!(
            fenced.ends_with("\n````suggestion:-0+0\nright: '```'\n````\n"),
            "{fenced}"
        );
    }

    #[test]
    fn no_command_and_nothing_hidden_is_suggested() {
        assert_eq!(suggested("/close: wrong\n", "wrong"), None);
        assert_eq!(suggested("wrong: ********\n", "wrong"), None);
    }
}
