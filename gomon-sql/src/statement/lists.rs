//! Lists are shortened: `IN (?, ?, ?)` becomes `IN (?)`, and `VALUES (?), (?)` becomes `VALUES (?)`.
//!
//! An element that is equal to the one before it is removed from the output.

use super::hash::Hash;

/// Maximum depth of lists that are shortened; deeper lists stay as they are.
const MAX_DEPTH: usize = 8;

#[derive(Debug, Default)]
pub(super) struct Lists {
    open: [List; MAX_DEPTH],
    count: usize,
    /// The next parenthesis opens a list.
    expected: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct List {
    depth: u32,
    /// Rows after `VALUES`, which are not in parentheses together.
    is_values: bool,
    /// Start of the element that is being written.
    element: usize,
    /// The last element that was kept.
    kept: Option<(usize, usize)>,
    /// End and hash of the output before the separator.
    separator: Option<(usize, Hash)>,
}

impl List {
    /// Ends the last element.
    fn end_element(&mut self, out: &mut String, hash: &mut Hash) {
        let Some(written) = out.get(self.element..) else {
            return;
        };
        let start = out.len() - written.trim_start().len();
        let element = (start, out.len());
        let text = |range: (usize, usize)| out.get(range.0..range.1);
        let repeats =
            self.kept.is_some_and(|kept| text(kept) == text(element)) && start < out.len();
        match self.separator.filter(|_| repeats) {
            Some((end, before)) => {
                out.truncate(end);
                *hash = before;
                self.element = end;
            }
            None => self.kept = Some(element),
        }
    }
}

impl Lists {
    fn last(&mut self) -> Option<&mut List> {
        self.open.get_mut(self.count.checked_sub(1)?)
    }

    fn push(&mut self, list: List) {
        if let Some(slot) = self.open.get_mut(self.count) {
            *slot = list;
            self.count += 1;
        }
    }

    fn pop(&mut self, out: &mut String, hash: &mut Hash) {
        if let Some(list) = self.last() {
            list.end_element(out, hash);
            self.count -= 1;
        }
    }

    /// Makes the next parenthesis open a list.
    pub(super) fn expect(&mut self) {
        self.expected = true;
    }

    /// Makes the next parenthesis not open a list.
    pub(super) fn forget(&mut self) {
        self.expected = false;
    }

    /// Handles an opening parenthesis after it was written.
    pub(super) fn open(&mut self, depth: u32, end: usize) {
        if std::mem::take(&mut self.expected) {
            self.push(List {
                depth,
                element: end,
                ..List::default()
            });
        } else if let Some(list) = self.last() {
            // The first row.
            if list.is_values && list.depth + 1 == depth && list.separator.is_none() {
                list.element = end.saturating_sub(1);
            }
        }
    }

    pub(super) fn open_values(&mut self, depth: u32) {
        self.push(List {
            depth,
            is_values: true,
            element: usize::MAX,
            ..List::default()
        });
    }

    pub(super) fn has_values(&self) -> bool {
        let last = self.count.checked_sub(1).and_then(|at| self.open.get(at));
        last.is_some_and(|list| list.is_values)
    }

    /// Ends the rows at a word outside of a row.
    pub(super) fn end_values(&mut self, depth: u32, out: &mut String, hash: &mut Hash) {
        if self
            .last()
            .is_some_and(|list| list.is_values && list.depth == depth)
        {
            self.pop(out, hash);
        }
    }

    /// Handles a comma before it is written.
    pub(super) fn separate(&mut self, depth: u32, out: &mut String, hash: &mut Hash) {
        if let Some(list) = self.last().filter(|list| list.depth == depth) {
            list.end_element(out, hash);
            list.separator = Some((out.len(), *hash));
        }
    }

    /// Handles a comma after it was written.
    pub(super) fn begin_element(&mut self, depth: u32, end: usize) {
        if let Some(list) = self.last().filter(|list| list.depth == depth) {
            list.element = end;
        }
    }

    /// Handles a closing parenthesis before it is written.
    pub(super) fn close(&mut self, depth: u32, out: &mut String, hash: &mut Hash) {
        self.expected = false;
        while self.last().is_some_and(|list| list.depth >= depth) {
            self.pop(out, hash);
        }
    }

    pub(super) fn close_all(&mut self, out: &mut String, hash: &mut Hash) {
        while self.count > 0 {
            self.pop(out, hash);
        }
    }

    /// Ends the output where the statement is cut. Within a list, the incomplete element is removed, as if it were
    /// equal to those before it. Returns false outside of lists.
    pub(super) fn cut(&mut self, out: &mut String, hash: &mut Hash) -> bool {
        let Some((end, before)) = self
            .open
            .first()
            .filter(|_| self.count > 0)
            .and_then(|list| list.separator)
        else {
            return false;
        };
        out.truncate(end);
        *hash = before;
        self.count = 0;
        true
    }
}
