//! From one page of a list to the next.
//!
//! <https://docs.gitlab.com/api/rest/#pagination>

use reqwest::header::{HeaderMap, LINK};
use url::Url;

/// The address of the next page, if there is one.
///
/// Only the query of GitLab's link is taken: behind a proxy its host can be another one, which must not get the token.
pub(super) fn next(headers: &HeaderMap, current: &Url) -> Option<Url> {
    let mut next = current.clone();
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(link) = text(LINK.as_str()).and_then(|links| linked(links, "next")) {
        next.set_query(current.join(link).ok()?.query());
        return Some(next);
    }
    let page = text("x-next-page").filter(|page| !page.is_empty())?;
    let others: Vec<(String, String)> = current
        .query_pairs()
        .filter(|(name, _)| name != "page")
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    next.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .append_pair("page", page);
    Some(next)
}

/// The target of the link with this relation: `<https://…>; rel="next", <https://…>; rel="first"`.
fn linked<'a>(links: &'a str, relation: &str) -> Option<&'a str> {
    let wanted = format!(r#"rel="{relation}""#);
    links.split('<').find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let mut parameters = parameters.split([';', ',']).map(str::trim);
        parameters
            .any(|parameter| parameter == wanted)
            .then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn follow(headers: &[(&'static str, &'static str)]) -> Option<String> {
        let current =
            Url::parse("http://127.0.0.1/api/v4/projects/1/issues?state=opened&page=2").unwrap();
        let pairs = headers.iter().map(|(name, value)| {
            let name: reqwest::header::HeaderName = name.parse().unwrap();
            (name, value.parse().unwrap())
        });
        next(&HeaderMap::from_iter(pairs), &current).map(String::from)
    }

    #[test]
    fn the_next_page_is_always_on_the_same_host() {
        let link = r#"<https://other.test/x?page=1>; rel="prev", <https://other.test/x?page=3&a=%3C,b>; rel="next", <https://other.test/x?page=1>; rel="first""#;
        let base = "http://127.0.0.1/api/v4/projects/1/issues";
        assert_eq!(
            follow(&[("link", link)]),
            Some(format!("{base}?page=3&a=%3C,b"))
        );
        let cursor = r#"<https://other.test/x?cursor=ey%3D>; rel="next""#;
        assert_eq!(
            follow(&[("link", cursor)]),
            Some(format!("{base}?cursor=ey%3D"))
        );
        assert_eq!(
            follow(&[("x-next-page", "3")]),
            Some(format!("{base}?state=opened&page=3"))
        );
    }

    #[test]
    fn the_last_page_leads_nowhere() {
        let link = r#"<https://other.test/x?page=1>; rel="prev", <https://other.test/x?page=2>; rel="last""#;
        for headers in [
            &[][..],
            &[("x-next-page", "")],
            &[("link", link), ("x-next-page", "")],
        ] {
            assert_eq!(follow(headers), None, "{headers:?}");
        }
    }
}
