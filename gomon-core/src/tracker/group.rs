//! Fields that are set together.

use crate::record::field_group::FieldGroup;
use crate::tracker::EventTracker;

impl EventTracker {
    /// Sets the fields of a group, as [`set`](Self::set) does one after the other.
    ///
    /// # Examples
    ///
    /// See [`FieldGroup`].
    #[inline]
    pub fn set_group(&mut self, group: &FieldGroup) {
        if let Some(body) = &mut self.body {
            body.set_group(group);
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::listeners::recorder::Recorder;
    use crate::monitor::Monitor;
    use crate::record::field_group::FieldGroup;
    use crate::record::key::Key;
    use crate::record::keys;
    use crate::record::limits::Limits;
    use crate::record::owned::OwnedEvent;
    use crate::record::value::Value;

    const LONG: &str = "SELECT one, two, three FROM a_table_with_a_long_name";

    fn group() -> FieldGroup {
        FieldGroup::new()
            .with(keys::QUERY, Value::normalized_sql(LONG))
            .with(keys::OPERATION, "SELECT")
            .with(keys::DSN, Value::dsn("postgres://shop:secret@db/orders"))
            .with(Key::new("password"), "secret")
    }

    /// The fields of an event on which the group was set, and of one on which its fields were set one by one.
    fn both(limits: Limits, group: &FieldGroup, before: &[(Key<'static>, &str)]) -> [String; 2] {
        let recorder = Recorder::new();
        let running = Monitor::builder()
            .config(limits)
            .listener(recorder.listener())
            .build()
            .unwrap();
        for is_group in [true, false] {
            let mut tracker = running.monitor().root("query");
            for (key, value) in before {
                tracker.set(*key, *value);
            }
            if is_group {
                tracker.set_group(group);
            } else {
                group
                    .values()
                    .for_each(|(key, value)| tracker.set(key, value));
            }
            tracker.set(keys::TABLE, "last");
        }
        let told = |event: &OwnedEvent| {
            let json = event.to_json();
            let (_, fields) = json.split_once("\"gomon:outcome\"").unwrap();
            fields.to_owned()
        };
        let events = recorder.wait_for(2);
        [told(&events[0]), told(&events[1])]
    }

    #[test]
    fn group_is_recorded_as_its_fields_are() {
        let [group, single] = both(Limits::default(), &group(), &[]);
        assert_eq!(group, single);
        assert!(
            group.contains(LONG) && group.contains("postgres://db/orders"),
            "{group}"
        );
        assert!(!group.contains("secret"), "{group}");
    }

    #[test]
    fn limits_hold_for_each_field() {
        for limits in [
            Limits::default().with_long_string(20),
            Limits::default().with_string(3),
            Limits::default().with_fields(2),
            Limits::default().with_event(1024),
        ] {
            let large = group().with(keys::DRIVER, "x".repeat(900).as_str());
            let [group, single] = both(limits, &large, &[]);
            assert_eq!(group, single);
        }
    }

    #[test]
    fn field_that_was_set_before_is_replaced_in_its_place() {
        let before = [(keys::TABLE, "first"), (keys::OPERATION, "INSERT")];
        let [group, single] = both(Limits::default(), &group(), &before);
        assert_eq!(group, single);
        assert!(group.find("SELECT\"") < group.find("query"), "{group}");
    }

    #[test]
    fn names_that_are_taken_or_come_twice_are_what_they_would_be() {
        let odd = FieldGroup::new()
            .with(Key::new("host"), "taken")
            .with(keys::OPERATION, "one")
            .with(keys::OPERATION, "two");
        let [group, single] = both(Limits::default(), &odd, &[]);
        assert_eq!(group, single);
        assert!(
            group.contains(r#""user:host":"taken","operation":"two""#),
            "{group}"
        );
    }

    #[test]
    fn values_of_another_kind_are_not_recorded() {
        let odd = FieldGroup::new()
            .with(keys::QUERY, "SELECT 'secret'")
            .with(keys::OPERATION, Value::Bytes(b"secret"))
            .with(keys::URL, "http://secret/");
        let [group, single] = both(Limits::default(), &odd, &[]);
        assert_eq!(group, single);
        assert_eq!(group.matches("[redacted]").count(), 3, "{group}");
        assert!(!group.contains("secret"), "{group}");
    }

    #[test]
    fn nothing_is_kept_where_nothing_is_recorded() {
        crate::tracker::EventTracker::noop().set_group(&group());
    }
}
