//! Settings of Apache Kafka, shared by containers and native servers.

/// Returns the settings of a single process that is broker and controller, by name.
///
/// Clients connect to `link`, which forwards to the address `client`. The other ports are internal.
pub(super) fn settings(
    client: &str,
    link: u16,
    [internal, controller]: [u16; 2],
) -> impl Iterator<Item = (&'static str, String)> {
    let internal = format!("INTERNAL://127.0.0.1:{internal}");
    let controller = format!("127.0.0.1:{controller}");
    let addresses = [
        (
            "listeners",
            format!("CLIENT://{client},{internal},CONTROLLER://{controller}"),
        ),
        (
            "advertised.listeners",
            format!("CLIENT://127.0.0.1:{link},{internal}"),
        ),
        ("controller.quorum.voters", format!("1@{controller}")),
    ];
    FIXED
        .into_iter()
        .map(|(key, value)| (key, value.to_owned()))
        .chain(addresses)
}

const FIXED: [(&str, &str); 14] = [
    ("process.roles", "broker,controller"),
    ("node.id", "1"),
    ("controller.listener.names", "CONTROLLER"),
    ("inter.broker.listener.name", "INTERNAL"),
    (
        "listener.security.protocol.map",
        "CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
    ),
    ("offsets.topic.num.partitions", "1"),
    ("offsets.topic.replication.factor", "1"),
    ("transaction.state.log.num.partitions", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("transaction.state.log.min.isr", "1"),
    ("share.coordinator.state.topic.num.partitions", "1"),
    ("share.coordinator.state.topic.replication.factor", "1"),
    ("share.coordinator.state.topic.min.isr", "1"),
    ("group.initial.rebalance.delay.ms", "0"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_name_each_key_once() {
        let mut keys: Vec<_> = settings(":1", 2, [3, 4]).map(|(key, _)| key).collect();
        let count = keys.len();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), count);
    }
}
