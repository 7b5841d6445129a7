//! What a page of Markdown holds.

use std::collections::BTreeSet;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

/// A code block, or a comment with commands.
pub(super) struct Block<'p> {
    /// The words after the backticks.
    pub(super) info: String,
    /// Its lines.
    pub(super) content: &'p str,
    /// Where they start in the page.
    pub(super) start: usize,
}

impl Block<'_> {
    pub(super) fn words(&self) -> Vec<&str> {
        self.info.split_whitespace().collect()
    }

    pub(super) fn starts_with(&self, line: &str) -> bool {
        self.content.lines().next() == Some(line)
    }
}

/// The blocks of a page in their order.
pub(super) fn blocks(page: &str) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    for (event, range) in Parser::new_ext(page, Options::ENABLE_TABLES).into_offset_iter() {
        let (info, end) = match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => (info.to_string(), "```"),
            Event::Start(Tag::CodeBlock(CodeBlockKind::Indented)) => {
                panic!("fence this block: {}", &page[range])
            }
            Event::Start(Tag::HtmlBlock) if page[range.clone()].starts_with("<!-- console\n") => {
                ("console".into(), "-->")
            }
            _ => continue,
        };
        let block = &page[range.clone()];
        let first = block.find('\n').expect("a line") + 1;
        let last = block.rfind(end).expect("an end");
        blocks.push(Block {
            info,
            content: &block[first..last],
            start: range.start + first,
        });
    }
    blocks
}

/// Where a page's links lead.
pub(super) fn links(page: &str) -> Vec<String> {
    let events = Parser::new_ext(page, Options::ENABLE_TABLES);
    events
        .filter_map(|event| match event {
            Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.to_string()),
            _ => None,
        })
        .collect()
}

/// The names that GitLab gives a page's headings.
pub(super) fn headings(page: &str) -> BTreeSet<String> {
    let mut headings = BTreeSet::new();
    let mut heading: Option<String> = None;
    for event in Parser::new_ext(page, Options::ENABLE_TABLES) {
        match event {
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => headings.extend(heading.take()),
            Event::Text(text) | Event::Code(text) => {
                if let Some(heading) = &mut heading {
                    let kept = text.chars().filter_map(|letter| match letter {
                        ' ' => Some('-'),
                        '-' | '_' => Some(letter),
                        _ => letter
                            .is_alphanumeric()
                            .then(|| letter.to_ascii_lowercase()),
                    });
                    heading.extend(kept);
                }
            }
            _ => {}
        }
    }
    headings
}
