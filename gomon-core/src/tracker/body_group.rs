//! Fields that are set together, by one copy.

use crate::record::field_group::FieldGroup;
use crate::tracker::body::Body;

impl Body {
    #[inline]
    pub(crate) fn set_group(&mut self, group: &FieldGroup) {
        let core = self.core;
        let encoded = group
            .encoded(core.bounds.string, core.limits.long_string())
            .filter(|(_, count)| {
                self.seen & group.bits() == 0
                    && usize::from(self.fields) + count <= usize::from(core.bounds.fields)
            });
        if let Some((bytes, count)) = encoded
            && let Some(room) = self.record.append(bytes.len())
        {
            room.copy_from_slice(bytes);
            self.seen |= group.bits();
            self.fields += count as u16;
            return;
        }
        self.set_each(group);
    }

    #[cold]
    fn set_each(&mut self, group: &FieldGroup) {
        if !self.ids.is_sampled() {
            return;
        }
        for (key, value) in group.values() {
            self.set(key, value);
        }
    }
}
