//! An index of the tokens whose rules may match a path.

use std::collections::{BTreeSet, HashMap};

use super::template::Template;
use super::token::TokenRule;
use crate::access::jwts::{Jwts, ServerProfile};
use crate::acl::Capability;

/// Tokens by the paths of their rules that may give credentials.
///
/// A template is found by the literal text at its end, or otherwise by that at its start. So a path is looked up once for
/// each of its suffixes and prefixes, whatever the number of templates.
#[derive(Debug, Default)]
pub(super) struct RuleIndex<'t> {
    templates: Vec<(&'t Template, BTreeSet<usize>)>,
    by_end: HashMap<&'t str, Vec<usize>>,
    by_start: HashMap<&'t str, Vec<usize>>,
}

impl<'t> RuleIndex<'t> {
    /// Indexes the rules of tokens, each token by its position.
    pub(super) fn new<'c: 't>(tokens: impl Iterator<Item = &'t [TokenRule<'c>]>) -> Self {
        let mut index = Self::default();
        let mut places: HashMap<&Template, usize> = HashMap::new();
        for (token, rules) in tokens.enumerate() {
            for rule in rules.iter().filter(|rule| may_give(rule)) {
                let template = &rule.template;
                let place = *places
                    .entry(template)
                    .or_insert_with(|| index.add(template));
                index.templates[place].1.insert(token);
            }
        }
        index
    }

    fn add(&mut self, template: &'t Template) -> usize {
        let place = self.templates.len();
        self.templates.push((template, BTreeSet::new()));
        let (map, key) = match template.end() {
            "" => (&mut self.by_start, template.start()),
            end => (&mut self.by_end, end),
        };
        map.entry(key).or_default().push(place);
        place
    }

    /// The tokens whose rules may match a path.
    pub(super) fn candidates(&self, path: &str) -> BTreeSet<usize> {
        let cuts = (0..=path.len()).filter(|cut| path.is_char_boundary(*cut));
        let places = cuts.flat_map(|cut| {
            let (start, end) = path.split_at(cut);
            let by_end = self.by_end.get(end).into_iter().flatten();
            by_end.chain(self.by_start.get(start).into_iter().flatten())
        });
        let any = Jwts::any();
        let mut tokens = BTreeSet::new();
        for place in places {
            let (template, of) = &self.templates[*place];
            let is_match = |server| {
                let instances = template.instances(path, server, &any);
                // If this is too complex, each token is checked.
                instances.map_or(true, |instances| !instances.is_empty())
            };
            if is_match(ServerProfile::Drop)
                || template.may_have_wildcards() && is_match(ServerProfile::Wild)
            {
                tokens.extend(of);
            }
        }
        tokens
    }
}

/// Whether a rule may give credentials.
fn may_give(rule: &TokenRule<'_>) -> bool {
    rule.body.is_none_or(|body| {
        body.capabilities.contains(&Capability::Update)
            || body.capabilities.contains(&Capability::Read)
    })
}
