//! Notices of integration crates about what they cannot record.

use std::sync::Mutex;

use crate::sync::lock_std;

/// Maximum number of topics.
const MAX_TOPICS: usize = 16;

/// The latest notice of each topic.
#[derive(Debug, Default)]
pub(crate) struct Notices(Mutex<Vec<(&'static str, String)>>);

impl Notices {
    /// Replaces or removes the notice of a topic.
    pub(crate) fn set(&self, topic: &'static str, notice: Option<String>) {
        let mut notices = lock_std(&self.0);
        notices.retain(|(other, _)| *other != topic);
        if let Some(notice) = notice.filter(|_| notices.len() < MAX_TOPICS) {
            notices.push((topic, notice));
        }
    }

    /// Returns one line for each notice.
    pub(crate) fn lines(&self) -> Vec<String> {
        let notices = lock_std(&self.0);
        let lines = notices
            .iter()
            .map(|(topic, notice)| format!("{topic}: {notice}"));
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_one_notice_each_and_are_bounded() {
        let notices = Notices::default();
        notices.set("a", Some("one".to_owned()));
        notices.set("a", Some("two".to_owned()));
        notices.set("b", Some("three".to_owned()));
        assert_eq!(notices.lines(), ["a: two", "b: three"]);
        notices.set("a", None);
        assert_eq!(notices.lines(), ["b: three"]);
        for topic in [
            "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12", "13", "14", "15", "16",
        ] {
            notices.set(topic, Some(String::new()));
        }
        assert_eq!(notices.lines().len(), MAX_TOPICS);
    }
}
