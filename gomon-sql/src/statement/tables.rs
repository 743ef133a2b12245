//! Tables of a statement, collected while it is parsed.
//!
//! A clause such as `FROM` expects a name. What follows is a name with its schema, a function, a subquery, or tables in
//! parentheses. Clauses of the same depth share a bit of a mask, so that a comma is known to separate tables.

use super::word::Word;

/// Maximum number of tables.
const MAX_TABLES: usize = 8;
/// Maximum length of a table's name, without its schema.
const MAX_NAME_BYTES: usize = 128;

/// Operations whose `TABLE` is followed by a list.
const LISTING: [&str; 9] = [
    "DROP", "TRUNCATE", "LOCK", "RENAME", "ANALYZE", "OPTIMIZE", "CHECK", "CHECKSUM", "REPAIR",
];

/// The tables of all statements of a text, the main table of each first.
#[derive(Debug, Default)]
pub(super) struct Tables {
    names: Vec<String>,
    /// The name that is being read.
    current: Option<String>,
    /// Number of tables of earlier statements.
    earlier: usize,
    /// Names of common table expressions, which are not tables.
    common: Vec<String>,
    /// What a `DELETE` names before its `FROM`: tables, or aliases of tables.
    targets: Vec<String>,
    /// Whether the names that are read now are targets.
    is_target: bool,
    has_main: bool,
    naming: Naming,
    /// Depth of the clause that expects a name, or expected the last one.
    depth: u32,
    /// Bit masks of the depths at which a `FROM` may begin a list of tables, a `USING` may, and commas separate tables.
    from: u64,
    using: u64,
    listing: u64,
}

/// State of the search for a name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Naming {
    #[default]
    No,
    /// The next name is a table.
    Expected,
    /// The last name was a table.
    Named,
    /// The last name was a schema.
    Qualified,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) operation: &'static str,
    pub(super) before: Option<Word>,
    pub(super) depth: u32,
    /// Whether the word begins its statement, after a `WITH` clause if there is one.
    pub(super) is_verb: bool,
}

impl Tables {
    /// Returns the names, separated by `, `.
    pub(super) fn join(&self) -> String {
        match self.names.as_slice() {
            [table] => table.clone(),
            tables => tables.join(", "),
        }
    }

    /// Records the name of a common table expression.
    pub(super) fn add_common(&mut self, name: &[u8]) {
        if self.common.len() < MAX_TABLES {
            self.common.extend(shown(name));
        }
    }

    /// Ends a statement.
    pub(super) fn end_statement(&mut self) {
        self.settle();
        self.end_targets();
        self.lead_with_target();
        self.earlier = self.names.len();
        self.common.clear();
        self.targets.clear();
        self.has_main = false;
        (self.from, self.using, self.listing) = (0, 0, 0);
    }

    /// Records a word without quotes.
    #[inline]
    pub(super) fn word(&mut self, name: &[u8], meaning: Word, place: Place) {
        // Most words.
        if meaning != Word::Other || self.naming != Naming::No {
            self.decisive_word(name, meaning, place);
        }
    }

    fn decisive_word(&mut self, name: &[u8], meaning: Word, place: Place) {
        let Place { depth, before, .. } = place;
        let bit = bit(depth);
        let is_expected = self.naming == Naming::Expected;
        match meaning {
            Word::Select => {
                self.end_list(bit);
                self.from |= bit;
            }
            Word::From => self.from(before, depth),
            Word::Using if self.using & bit != 0 => {
                self.using &= !bit;
                self.list(depth);
            }
            Word::Join if before == Some(Word::For) => self.settle(),
            Word::StraightJoin if self.listing & bit == 0 => self.settle(),
            Word::Join | Word::StraightJoin => {
                // A later `USING` names columns.
                self.using &= !bit;
                self.expect(depth);
            }
            Word::Table | Word::Tables => self.table(name, meaning, place),
            Word::Into => self.expect(depth),
            Word::View if place.operation == "REFRESH" => self.expect(depth),
            // In parentheses, or before the name.
            _ if is_expected && is_option(name, place) => {}
            Word::Copy
            | Word::Truncate
            | Word::Insert
            | Word::Replace
            | Word::Merge
            | Word::Vacuum
                if place.is_verb =>
            {
                self.verb(meaning, depth);
            }
            Word::Delete => self.delete(place),
            Word::Update => self.update(place),
            Word::On if self.is_indexed(place) => self.expect(depth),
            Word::Of | Word::EndsFrom | Word::Set | Word::Values => self.end_list(bit),
            Word::With if is_expected => self.end_list(bit),
            Word::To | Word::On | Word::Using | Word::File => self.settle(),
            Word::Not | Word::Or | Word::BeforeName | Word::Replace if is_expected => {}
            // What `OR` resolves a conflict by.
            _ if is_expected && before == Some(Word::Or) => {}
            Word::Priority if is_expected && before.is_some_and(Word::takes_priority) => {}
            Word::Temporary if is_expected && before == Some(Word::Into) => {}
            Word::Row | Word::Stdin => {}
            _ => self.name(name),
        }
    }

    fn from(&mut self, before: Option<Word>, depth: u32) {
        let bit = bit(depth);
        let is_rows = |name: &String| name.eq_ignore_ascii_case("rows");
        if before == Some(Word::Distinct) {
            self.settle();
        } else if self.from & bit != 0 {
            self.from &= !bit;
            self.settle();
            self.is_target = false;
            self.list(depth);
        } else if self.listing & bit != 0 && self.current.take_if(|name| is_rows(name)).is_some() {
            // `ROWS FROM (…)`
            self.expect(depth);
        } else {
            self.settle();
        }
    }

    fn table(&mut self, name: &[u8], meaning: Word, place: Place) {
        let Place {
            operation, depth, ..
        } = place;
        if meaning == Word::Tables && operation != "LOCK" {
            self.name(name);
        } else if LISTING.contains(&operation) {
            self.list(depth);
        } else {
            self.expect(depth);
        }
    }

    fn verb(&mut self, meaning: Word, depth: u32) {
        match meaning {
            Word::Truncate => self.list(depth),
            Word::Merge => {
                self.using |= bit(depth);
                self.expect(depth);
            }
            _ => self.expect(depth),
        }
    }

    fn delete(&mut self, place: Place) {
        let bit = bit(place.depth);
        self.from |= bit;
        self.using |= bit;
        if place.is_verb {
            self.list(place.depth);
            self.is_target = true;
        }
    }

    fn update(&mut self, place: Place) {
        let Place {
            operation,
            before,
            depth,
            ..
        } = place;
        let is_clause = matches!(before, Some(Word::BeforeUpdate | Word::For | Word::On));
        if is_clause || matches!(operation, "GRANT" | "REVOKE") {
            self.settle();
        } else {
            self.list(depth);
            self.from |= bit(depth);
        }
    }

    /// Returns whether the table of a `CREATE INDEX` or `CREATE TRIGGER` follows `ON`.
    fn is_indexed(&self, place: Place) -> bool {
        place.operation == "CREATE" && self.names.len() == self.earlier && self.current.is_none()
    }

    /// Records a name.
    pub(super) fn name(&mut self, name: &[u8]) {
        match self.naming {
            Naming::Expected => {
                self.current = shown(name);
                self.naming = match self.current {
                    Some(_) => Naming::Named,
                    None => Naming::No,
                };
            }
            Naming::Qualified => {
                self.naming = Naming::Named;
                if let (Some(table), Some(name)) = (&mut self.current, shown(name)) {
                    table.push('.');
                    table.push_str(&name);
                }
            }
            Naming::Named | Naming::No => self.settle(),
        }
    }

    fn expect(&mut self, depth: u32) {
        self.settle();
        self.naming = Naming::Expected;
        self.depth = depth;
    }

    /// Expects a name, and another after each comma.
    fn list(&mut self, depth: u32) {
        self.listing |= bit(depth);
        self.expect(depth);
    }

    fn end_list(&mut self, bit: u64) {
        self.listing &= !bit;
        self.settle();
        self.end_targets();
    }

    /// Adds the targets of a `DELETE` without a `FROM`.
    fn end_targets(&mut self) {
        if std::mem::take(&mut self.is_target) {
            for target in std::mem::take(&mut self.targets) {
                self.add(target);
            }
        }
    }

    /// Ends the current name.
    #[inline]
    pub(super) fn settle(&mut self) {
        self.naming = Naming::No;
        if let Some(name) = self.current.take() {
            self.add(name);
        }
    }

    /// Adds a table. The first one outside of parentheses is the main one.
    fn add(&mut self, name: String) {
        if self.is_target {
            if self.targets.len() < MAX_TABLES {
                self.targets.push(name);
            }
            return;
        }
        let is_main = self.depth == 0 && !std::mem::replace(&mut self.has_main, true);
        if self.common.contains(&name) {
            return;
        }
        match self.names.iter().position(|known| *known == name) {
            Some(at) if is_main => self.lead_with(at),
            Some(_) => {}
            None if is_main => {
                self.names.insert(self.earlier, name);
                self.names.truncate(MAX_TABLES);
            }
            None if self.names.len() < MAX_TABLES => self.names.push(name),
            None => {}
        }
    }

    fn lead_with(&mut self, at: usize) {
        let tables = self.names.get_mut(self.earlier..=at);
        if let Some(tables) = tables.filter(|tables| !tables.is_empty()) {
            tables.rotate_right(1);
        }
    }

    fn lead_with_target(&mut self) {
        let is_target = |name: &String| self.targets.contains(name);
        if let Some(at) = self.names.iter().position(is_target) {
            self.lead_with(at);
        }
    }

    pub(super) fn dot(&mut self) {
        self.naming = match self.naming {
            Naming::Named => Naming::Qualified,
            _ => Naming::No,
        };
    }

    /// Returns whether only the name of a table may follow.
    pub(super) fn is_expected(&self) -> bool {
        matches!(self.naming, Naming::Expected | Naming::Qualified)
    }

    pub(super) fn is_named(&self) -> bool {
        self.naming == Naming::Named
    }

    /// Returns whether the next parenthesis holds arguments: `FROM generate_series(…)`.
    pub(super) fn is_function(&self) -> bool {
        self.is_named() && self.listing != 0
    }

    pub(super) fn comma(&mut self, depth: u32) {
        self.settle();
        if self.listing & bit(depth) != 0 {
            self.expect(depth);
        }
    }

    /// Handles an opening parenthesis at this depth.
    pub(super) fn open(&mut self, depth: u32) {
        match self.naming {
            // A subquery, or tables.
            Naming::Expected => {
                self.has_main |= self.depth == 0;
                self.list(depth.saturating_add(1));
            }
            Naming::Named if self.is_function() => {
                self.current = None;
                self.settle();
            }
            _ => self.settle(),
        }
    }

    pub(super) fn close(&mut self, depth: u32) {
        self.settle();
        let others = !bit(depth);
        self.from &= others;
        self.using &= others;
        self.listing &= others;
    }
}

/// Returns whether the word is an option of a `VACUUM`.
fn is_option(name: &[u8], place: Place) -> bool {
    let is = |option: &&str| name.eq_ignore_ascii_case(option.as_bytes());
    place.operation == "VACUUM"
        && (place.depth > 0 || ["full", "freeze", "verbose", "analyze"].iter().any(is))
}

/// Returns the bit of a depth; zero if the depth exceeds the mask.
fn bit(depth: u32) -> u64 {
    1_u64.checked_shl(depth).unwrap_or(0)
}

fn shown(name: &[u8]) -> Option<String> {
    let name = std::str::from_utf8(name).ok()?;
    (name.len() <= MAX_NAME_BYTES).then(|| name.to_owned())
}
