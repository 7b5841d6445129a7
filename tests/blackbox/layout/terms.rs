//! What people read uses standard terms: messages, help, documentation, comments and the names of tests.

use std::fs;
use std::path::{Path, PathBuf};

use regex_automata::meta::Regex;

use super::{read, root};

/// A phrase that no text uses.
struct Term {
    /// An example, as docs/messages.md shows it.
    phrase: &'static str,
    /// What it matches, without regard to case.
    pattern: &'static str,
    /// What to write, as docs/messages.md shows it.
    instead: &'static str,
    /// Texts that make a match harmless.
    except: &'static [&'static str],
}

const fn term(phrase: &'static str, pattern: &'static str, instead: &'static str) -> Term {
    Term {
        phrase,
        pattern,
        instead,
        except: &[],
    }
}

impl Term {
    const fn except(self, except: &'static [&'static str]) -> Self {
        Self { except, ..self }
    }
}

/// The phrases, in the order of docs/messages.md.
const TERMS: &[Term] = &[
    term(
        "is as the files say",
        r"\b(is|are|was|were) as [^.,;:]{1,40} (say|says|ask|asks|want|wants)\b",
        "matches the files",
    ),
    term("but for", r"\bbut for\b", "except"),
    term(
        "so many deletes",
        r"\b(at least|at most|up to|for|of|by|than) so (many|long|much|few)\b|\bso (many|long|much|few) (at|deletes|among|of)\b",
        "this many deletes",
    )
    .except(&["so long that", "so many that"]),
    term(
        "held against",
        r"\b(held|hold|holds|holding) against\b",
        "compared with",
    ),
    term("is none of", r"\b(is|are) none of\b", "is not one of"),
    term(
        "lets through",
        r"\b(lets|letting) (\S+ ){0,3}(through|past)\b|\b(to|not|can|may|both) let (\S+ ){0,3}(through|past)\b",
        "allows",
    ),
    term(
        "whatever the files say",
        r"\bwhatever (the|a|an|else|other|others|any) [^.,;:]{0,30}\b(say|says)\b|\bwhatever \S+ (say|says)\b",
        "overriding the files; regardless of",
    ),
    term(
        "is told; tells of",
        r"\b(is|are|was|were|be|been|not|then|never) told\b|\btells? (of|whether)\b",
        "is reported; reports",
    ),
    term("somebody", r"\bsomebody\b", "someone"),
    term(
        "everybody; anybody",
        r"\b(anybody|everybody)\b",
        "every job; everyone; anyone",
    ),
    term(
        "what is no glob",
        r"\b(it|this|that|which|what|they|these|those|file|value|text|name|claim|answer|token|method|job|people|code|user) (is|are|was|were) no [a-z]+",
        "what is not a glob",
    )
    .except(&["no longer", "no more", "no faster", "no other", "no older"]),
    term(
        "where one logs in",
        r"\bone (logs|would|gets) ",
        "where jobs log in",
    ),
    term(
        "a letter with a meaning",
        r"\bletters? with a meaning\b|\bspecial letters\b",
        "a special character",
    ),
    term(
        "takes it for a glob",
        r"\b(take|takes|taken|took|taking) (\S+ ){0,3}for (a|an|one|none|nothing|absence|the|what|other|another|something) ",
        "reads it as a glob; treats it as",
    )
    .except(&["account, for"]),
    term(
        "without a word",
        r"\bwithout a word\b|\ba word (from|about)\b",
        "silently",
    ),
    term(
        "of its own making",
        r"\bof (its|their) own making\b",
        "that it creates",
    ),
    term("can be had", r"\bbe had\b", "is available"),
    term(
        "did not come about",
        r"\b(come|came|comes|bring|brings|brought) about\b",
        "failed; happen; cause",
    ),
    term("hands on", r"\b(hands|handed) on\b", "passes"),
    term("else than", r"\belse than\b", "other than"),
    term(
        "of several, the oldest",
        r"(?-i:Of) several\b",
        "if there are several, the oldest",
    ),
    term("is no part of", r"\bno part of\b", "is not part of"),
    term(
        "is ours",
        r"\b(is|are|not|was|stay|stays) (ours|theirs)\b",
        "the files own",
    ),
    term(
        "is for the tokens to say",
        r"\bfor (the|a|an|its|their) \S+ to (say|judge)\b|\bto judge\b",
        "the tokens decide",
    ),
    term(
        "waits for nobody but",
        r"\b(none|nobody|no [a-z]+) but\b",
        "waits only for",
    ),
    term(
        "what became of",
        r"\bmakes? of (it|one|them|the|a)\b|\bwhat (became|becomes|become|has become) of\b",
        "the outcome of",
    ),
    term(
        "as the policy has it",
        r"\bas [^.,;:]{1,30} (has|have) it\b",
        "as in the policy",
    ),
    term(
        "a token is good",
        r"\b(is|are|was|were|stays|still|already|be) good\b|\bgood JWTs?\b",
        "a token is valid",
    )
    .except(&["good practice"]),
    term(
        "a token of Vault's",
        r"\bof (Vault|GitLab|AWS|OpenBao|Mermaid|Google|clap)'s([.,;:)]| that | is | and )",
        "a Vault token",
    ),
    term("unasked", r"\bunasked\b", "on its own"),
    term("as good as root", r"\bas good as\b", "equivalent to root"),
    term("of no use", r"\bof (no )?use\b", "useless"),
    term("and the like", r"\b(and|or) the like\b", "and similar"),
    term("in words", r"\bin words\b", "described"),
    term(
        "truth values",
        r"\btruth values?\b|\bnumbers and truths\b",
        "booleans",
    ),
    term(
        "a list of texts",
        r"\blists? of texts\b|\bare texts\b",
        "a list of strings",
    ),
    term("goes along", r"\bgoes? along\b", "is sent too"),
];

/// Where texts for people are.
const PLACES: &[&str] = &[
    ".gitlab-ci.yml",
    "CONTRIBUTING.md",
    "Cargo.toml",
    "README.md",
    "deny.toml",
    "dev",
    "docs",
    "mappings",
    "src",
    "templates",
    "tests",
];

/// Texts of others, and the list itself.
const NOT_OURS: &[&str] = &[
    "dev/aws-plugin/go.sum",
    "dev/vault-server/go.sum",
    "src/acl/evaluate/answers.txt",
    "tests/blackbox/layout/terms.rs",
    "tests/fixtures/schemas",
];

/// The section of docs/messages.md that lists the phrases.
const SECTION: &str = "\n## Plain terms\n";

fn files(path: &Path) -> Vec<PathBuf> {
    let relative = path.strip_prefix(root()).unwrap();
    if NOT_OURS.iter().any(|other| relative.starts_with(other)) {
        return Vec::new();
    }
    if !path.is_dir() {
        return vec![path.to_path_buf()];
    }
    fs::read_dir(path)
        .unwrap()
        .flat_map(|entry| files(&entry.unwrap().path()))
        .collect()
}

/// A text with its lines joined, without the signs of comments, and where each line begins in it. The names of functions
/// are read as words.
fn joined(text: &str) -> (String, Vec<usize>) {
    let mut joined = String::new();
    let mut starts = Vec::new();
    for line in text.lines() {
        let line = line
            .trim()
            .trim_start_matches(['/', '!', '#', '*', '>', ' '])
            .trim_end_matches(['\\', ' ']);
        starts.push(joined.len());
        let is_function = line.starts_with("fn ") || line.starts_with("async fn ");
        if is_function {
            joined.push_str(&line.replace('_', " "));
        } else {
            joined.push_str(line);
        }
        joined.push(' ');
    }
    (joined, starts)
}

/// The texts, each with its path. The page that lists the phrases is taken without the list and its bad examples.
fn texts() -> Vec<(String, String)> {
    let paths = PLACES.iter().flat_map(|place| files(&root().join(place)));
    paths
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let path = path.strip_prefix(root()).unwrap().display().to_string();
            if path != "docs/messages.md" {
                return Some((path, text));
            }
            let (before, list) = text.split_once(SECTION).unwrap();
            let rest = list.split_once("\n## ").map_or("", |(_, rest)| rest);
            let lines = before.lines().chain(rest.lines());
            let lines = lines.filter(|line| !line.trim_start().starts_with("bad:"));
            Some((path, lines.collect::<Vec<_>>().join("\n")))
        })
        .collect()
}

#[test]
fn messages_use_plain_terms() {
    let texts = texts();
    assert!(texts.len() > 500, "{} texts were found", texts.len());
    let patterns: Vec<Regex> = TERMS
        .iter()
        .map(|term| Regex::new(&format!("(?i){}", term.pattern)).unwrap())
        .collect();
    let mut found = Vec::new();
    for (path, text) in &texts {
        let (joined, starts) = joined(text);
        for (term, pattern) in TERMS.iter().zip(&patterns) {
            for place in pattern.find_iter(&joined) {
                let shown = &joined[place.range()];
                let end = joined.ceil_char_boundary((place.end() + 8).min(joined.len()));
                let around = &joined[place.start()..end];
                if term.except.iter().any(|except| around.contains(except)) {
                    continue;
                }
                let line = starts.partition_point(|start| *start <= place.start());
                found.push(format!(
                    "{path}:{line}: {shown:?}: write {:?}",
                    term.instead
                ));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_page_about_messages_lists_the_plain_terms() {
    let page = read("docs/messages.md");
    let (_, list) = page.split_once(SECTION).unwrap();
    let rows: Vec<&str> = list
        .lines()
        .skip_while(|line| !line.starts_with("|---"))
        .skip(1)
        .take_while(|line| line.starts_with('|'))
        .collect();
    let expected: Vec<String> = TERMS
        .iter()
        .map(|term| format!("| {} | {} |", term.phrase, term.instead))
        .collect();
    assert_eq!(rows, expected);
    for term in TERMS {
        let pattern = Regex::new(&format!("(?i){}", term.pattern)).unwrap();
        let (first, rest) = term.phrase.split_at(1);
        let capitalized = first.to_uppercase() + rest;
        let examples = [term.phrase, &capitalized].map(|phrase| format!("{phrase} ; {phrase}."));
        assert!(
            examples.iter().any(|example| pattern.is_match(example)),
            "{:?} does not match its phrase",
            term.pattern
        );
    }
}
