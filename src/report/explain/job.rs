//! What one job could get, in words.

use std::fmt::Write;

use super::{Asked, JobAnswer, reason, wording};
use crate::access::{Admittance, Answer, Explanation, Grant, Level};
use crate::report::{Shown, Styles, markdown};

/// For a terminal or a job's log: a block for each job.
pub(crate) fn text(answers: &[JobAnswer<'_>], styles: &Styles) -> String {
    let blocks = answers.iter().map(|JobAnswer { asked, explanation }| {
        let mut text = Text {
            styles,
            lines: String::new(),
        };
        text.headline(asked, explanation);
        for answer in &explanation.answers {
            text.answer(answer);
        }
        text.lines
    });
    blocks.collect::<Vec<_>>().join("\n")
}

/// For a merge request or an issue.
pub(crate) fn markdown(answers: &[JobAnswer<'_>]) -> String {
    markdown::text_block(&text(answers, &Styles::default()))
}

struct Text<'s> {
    styles: &'s Styles,
    lines: String,
}

impl Text<'_> {
    fn line(&mut self, indent: usize, text: &str) {
        // Writing to a String can't fail.
        let _ = writeln!(self.lines, "{:indent$}{}", "", Shown::text(text));
    }

    fn marked(&mut self, level: Level, text: &str) {
        let style = match level {
            Level::Yes => self.styles.added(),
            Level::OnlyIf | Level::AfterOthers => self.styles.changed(),
        };
        let (sign, text) = (wording::sign(level), Shown::text(text));
        let _ = writeln!(self.lines, "  {style}{sign}{style:#} {text}");
    }

    fn headline(&mut self, asked: &Asked, explanation: &Explanation<'_>) {
        let answer = match explanation.level() {
            Some(Level::Yes) => "yes",
            Some(Level::OnlyIf) => "only under conditions",
            Some(Level::AfterOthers) => "not by itself, but after another job's login",
            None => "no",
        };
        self.line(0, &format!("{}: {answer}", asked.job));
        if let Some(target) = explanation.target {
            let identities = target.identities().join(" or ");
            self.line(2, &format!("{target} gives {identities}"));
        }
        if let Some(reason) = reason(asked, explanation) {
            self.line(2, &reason);
        }
    }

    fn answer(&mut self, answer: &Answer<'_>) {
        self.lines.push('\n');
        match &answer.login {
            Err(refusal) => self.line(0, &format!("{} refuses the job: {refusal}", answer.through)),
            Ok(admittance) => self.admittance(answer, admittance),
        }
    }

    fn admittance(&mut self, answer: &Answer<'_>, admittance: &Admittance<'_>) {
        let conditions = wording::conditions(&admittance.admitted.conditions);
        let only_if = match conditions.as_str() {
            "" => String::new(),
            conditions => format!(" only if {conditions}"),
        };
        self.line(0, &format!("{} admits the job{only_if}", answer.through));
        for need in wording::needs(answer.through) {
            self.line(2, &format!("it needs {need}"));
        }
        for policy in &answer.unknown_policies {
            self.line(
                2,
                &format!("what its policy {policy} allows is not known here"),
            );
        }
        self.refusals(admittance);
        let mut reached = 0;
        for grant in admittance.reach.grants() {
            let (level, conditions) = (admittance.level(grant), admittance.conditions(grant));
            self.grant(grant, level, &wording::when(level, &conditions, None));
            reached += 1;
        }
        if reached == 0 {
            self.line(2, "it leads to no AWS role");
        }
        if let Some(obstacle) = &answer.obstacle {
            self.line(2, &obstacle.to_string());
        }
        self.after_others(admittance);
    }

    fn refusals(&mut self, admittance: &Admittance<'_>) {
        if let Some(closed) = &admittance.reach.closed {
            self.line(
                2,
                &format!("servers refuse every request of its token: {closed}"),
            );
        } else if let Some(closed) = &admittance.reach.closed_on_openbao {
            self.line(
                2,
                &format!("OpenBao refuses every request of its token: {closed}"),
            );
        }
    }

    fn after_others(&mut self, admittance: &Admittance<'_>) {
        if admittance.reach.after_others.is_empty() {
            return;
        }
        let alias = &admittance.through.role.user_claim;
        self.line(
            2,
            &format!(
                "and, because its policies read metadata that {alias}, the user_claim, does not fix, \
                 and that each login with the same {alias} replaces, also:"
            ),
        );
        for after in &admittance.reach.after_others {
            let conditions = &after.grant.conditions;
            let when = wording::when(Level::AfterOthers, conditions, Some(after.other_role));
            self.grant(&after.grant, Level::AfterOthers, &when);
        }
    }

    fn grant(&mut self, grant: &Grant<'_>, level: Level, when: &str) {
        let path = grant.target.path(grant.door);
        let identities = grant.target.identities().join(" or ");
        self.marked(level, &format!("{path}  {identities}"));
        if !when.is_empty() {
            self.line(6, when);
        }
        if grant.restricted {
            self.line(
                6,
                "with the parameters or the wrapping that the rule asks for",
            );
        }
        for rule in &grant.rules {
            self.line(6, &format!("{} by {rule}", grant.capability));
        }
    }
}
