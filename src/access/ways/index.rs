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
    /// The lengths of the keys, each of which is looked up once.
    end_lengths: BTreeSet<usize>,
    start_lengths: BTreeSet<usize>,
}

/// With fewer tokens of one template, it costs less to look at each of them than to look at the template first.
const MANY_TOKENS: usize = 3;

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
        let (map, lengths, key) = match template.end() {
            "" => (
                &mut self.by_start,
                &mut self.start_lengths,
                template.start(),
            ),
            end => (&mut self.by_end, &mut self.end_lengths, end),
        };
        lengths.insert(key.len());
        map.entry(key).or_default().push(place);
        place
    }

    /// The tokens whose rules may match a path.
    pub(super) fn candidates(&self, path: &str) -> BTreeSet<usize> {
        let ends = self.end_lengths.iter().filter_map(|length| {
            let start = path.len().checked_sub(*length)?;
            self.by_end.get(path.get(start..)?)
        });
        let starts = self.start_lengths.iter();
        let starts = starts.filter_map(|length| self.by_start.get(path.get(..*length)?));
        let places = ends.chain(starts).flatten();
        let any = Jwts::any();
        let mut tokens = BTreeSet::new();
        for place in places {
            let (template, of) = &self.templates[*place];
            if !path.starts_with(template.start()) || !path.ends_with(template.end()) {
                continue;
            }
            let is_match = |server| {
                let instances = template.instances(path, server, &any);
                // If this is too complex, each token is checked.
                instances.map_or(true, |instances| !instances.is_empty())
            };
            if of.len() < MANY_TOKENS
                || is_match(ServerProfile::Drop)
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
