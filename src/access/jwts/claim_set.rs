//! Sets of values of one claim.

use super::language::Language;
use crate::value::TextPattern;

/// The values that one claim may have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ClaimSet {
    /// Whether the JWT may lack the claim. Servers treat `null` as absent.
    pub(crate) absent: bool,
    /// The strings, numbers and booleans.
    pub(crate) scalars: Scalars,
    /// The lists: the union of these sets of lists.
    pub(crate) lists: Vec<Lists>,
    /// Whether the claim may be an object, which matches no bound.
    pub(crate) objects: bool,
}

/// Values that are neither lists nor objects.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Scalars {
    /// The strings.
    pub(crate) texts: Language,
    /// The numbers and booleans, as JSON.
    pub(crate) others: Language,
}

/// The lists whose elements are all in one set, and that have an element from each of some other sets.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Lists {
    every: Scalars,
    some: Vec<Scalars>,
}

impl Scalars {
    /// Every string, number and boolean.
    pub(crate) fn all() -> Self {
        Self {
            texts: Language::all(),
            others: Language::all(),
        }
    }

    /// These strings.
    pub(crate) fn texts(texts: Language) -> Self {
        Self {
            texts,
            others: Language::none(),
        }
    }

    fn and(&self, other: &Self) -> Self {
        Self {
            texts: self.texts.and(&other.texts),
            others: self.others.and(&other.others),
        }
    }

    /// The values that are in either set.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            texts: self.texts.or(&other.texts),
            others: self.others.or(&other.others),
        }
    }

    fn not(&self) -> Self {
        Self {
            texts: self.texts.not(),
            others: self.others.not(),
        }
    }

    fn is_empty(&self) -> bool {
        self.texts.is_empty() && self.others.is_empty()
    }
}

impl Lists {
    /// Every list.
    pub(crate) fn all() -> Self {
        Self {
            every: Scalars::all(),
            some: Vec::new(),
        }
    }

    /// The lists with an element from a set.
    pub(crate) fn with(some: Scalars) -> Self {
        Self {
            every: Scalars::all(),
            some: vec![some],
        }
    }

    /// The lists whose elements are all from a set.
    pub(crate) fn of(every: Scalars) -> Self {
        Self {
            every,
            some: Vec::new(),
        }
    }

    fn and(&self, other: &Self) -> Option<Self> {
        let every = self.every.and(&other.every);
        let some = self.some.iter().chain(&other.some);
        let mut some: Vec<Scalars> = some.map(|some| some.and(&every)).collect();
        some.sort();
        some.dedup();
        let is_possible = !some.iter().any(Scalars::is_empty);
        is_possible.then_some(Self { every, some })
    }

    fn not(&self) -> Vec<Self> {
        let mut others = Vec::new();
        let exception = self.every.not();
        if !exception.is_empty() {
            others.push(Self::with(exception));
        }
        others.extend(self.some.iter().map(|some| Self::of(some.not())));
        others
    }

    /// The set that contains every element, and the sets that each contain some element.
    pub(crate) fn parts(&self) -> (&Scalars, &[Scalars]) {
        (&self.every, &self.some)
    }
}

impl ClaimSet {
    /// Every value, and absence.
    pub(crate) fn all() -> Self {
        Self {
            absent: true,
            scalars: Scalars::all(),
            lists: vec![Lists::all()],
            objects: true,
        }
    }

    /// Neither a value nor absence.
    pub(crate) fn none() -> Self {
        Self {
            absent: false,
            scalars: Scalars::default(),
            lists: Vec::new(),
            objects: false,
        }
    }

    /// Only absence.
    pub(crate) fn absent() -> Self {
        Self {
            absent: true,
            ..Self::none()
        }
    }

    /// These strings.
    pub(crate) fn texts(texts: Language) -> Self {
        Self {
            scalars: Scalars::texts(texts),
            ..Self::none()
        }
    }

    /// The strings that contain one of some characters.
    pub(crate) fn texts_with(letters: &[char]) -> Self {
        let texts = letters.iter().map(|letter| {
            let mut text = [0; 4];
            Language::like(TextPattern::containing(letter.encode_utf8(&mut text)))
        });
        Self::texts(texts.fold(Language::none(), |all, texts| all.or(&texts)))
    }

    /// The same values, or absence.
    pub(crate) fn or_absent(mut self) -> Self {
        self.absent = true;
        self
    }

    /// Whether it contains neither a value nor absence.
    pub(crate) fn is_empty(&self) -> bool {
        !self.absent && self.scalars.is_empty() && self.lists.is_empty() && !self.objects
    }

    /// Its strings, if it contains nothing else.
    pub(crate) fn only_texts(&self) -> Option<&Language> {
        let has_others = self.absent
            || !self.scalars.others.is_empty()
            || !self.lists.is_empty()
            || self.objects;
        (!has_others).then_some(&self.scalars.texts)
    }

    /// Whether it contains only absence.
    pub(crate) fn is_only_absent(&self) -> bool {
        *self == Self::absent()
    }

    /// The values that are in both sets.
    pub(crate) fn and(&self, other: &Self) -> Self {
        let lists = self
            .lists
            .iter()
            .flat_map(|lists| other.lists.iter().filter_map(|other| lists.and(other)));
        let mut lists: Vec<Lists> = lists.collect();
        lists.sort();
        lists.dedup();
        Self {
            absent: self.absent && other.absent,
            scalars: self.scalars.and(&other.scalars),
            lists,
            objects: self.objects && other.objects,
        }
    }

    /// The values that are in either set.
    pub(crate) fn or(&self, other: &Self) -> Self {
        let mut lists = [self.lists.as_slice(), &other.lists].concat();
        lists.sort();
        lists.dedup();
        if lists.contains(&Lists::all()) {
            lists = vec![Lists::all()];
        }
        Self {
            absent: self.absent || other.absent,
            scalars: self.scalars.or(&other.scalars),
            lists,
            objects: self.objects || other.objects,
        }
    }

    /// All other values.
    pub(crate) fn not(&self) -> Self {
        let lists = self.lists.iter().fold(vec![Lists::all()], |rest, lists| {
            let exceptions = lists.not();
            rest.iter()
                .flat_map(|rest| {
                    exceptions
                        .iter()
                        .filter_map(|exception| rest.and(exception))
                })
                .collect()
        });
        Self {
            absent: !self.absent,
            scalars: self.scalars.not(),
            lists,
            objects: !self.objects,
        }
    }

    /// The values that are not in the other.
    pub(crate) fn minus(&self, other: &Self) -> Self {
        if let (Some(ours), Some(theirs)) = (self.only_texts(), other.only_texts()) {
            return Self::texts(ours.minus(theirs));
        }
        self.and(&other.not())
    }

    /// Whether it contains every value of the other.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        self == other || other.minus(self).is_empty()
    }
}
