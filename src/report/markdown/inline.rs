//! Links, and what is folded away.

use url::Url;

/// Words that lead to a web page; just the words where the address is none.
pub(crate) fn link(words: &'static str, address: &str) -> String {
    let url = Url::parse(address).ok();
    let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
    match url {
        // Behind `?` and `#` a URL may have backticks, and no page that is linked here needs them.
        Some(mut url) if url.username().is_empty() && url.password().is_none() => {
            url.set_query(None);
            url.set_fragment(None);
            format!("[{words}](<{url}>)")
        }
        _ => words.to_owned(),
    }
}

/// A block that opens with a click on its summary.
pub(crate) fn folded(summary: &'static str, block: &str) -> String {
    format!("<details><summary>{summary}</summary>\n\n{block}\n</details>\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_address_of_a_web_page_becomes_a_link() {
        for (address, expected) in [
            (
                "https://git.test/a/-/pipelines/1",
                "[here](<https://git.test/a/-/pipelines/1>)",
            ),
            (
                "https://git.test/`>)<script>\n\n/close?`#`",
                "[here](<https://git.test/%60%3E)%3Cscript%3E/close>)",
            ),
            ("javascript:alert(1)", "here"),
            ("https://me:secret@git.test/", "here"),
            ("/close", "here"),
        ] {
            assert_eq!(link("here", address), expected);
        }
    }
}
