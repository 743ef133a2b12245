//! Apache Kafka through rdkafka.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod support;

use std::time::Duration;

use integration::Service;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer as _, StreamConsumer};
use rdkafka::error::KafkaResult;
use rdkafka::message::{Header, Headers as _, Message as _, OwnedHeaders, OwnedMessage};
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(20);

fn config() -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", Service::KAFKA.url().unwrap());
    config
}

fn consumer(group: &str, topic: &str) -> StreamConsumer {
    let mut config = config();
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest");
    let consumer: StreamConsumer = config.set("enable.auto.commit", "false").create().unwrap();
    consumer.subscribe(&[topic]).unwrap();
    consumer
}

async fn create_topic(name: &str) {
    let admin: AdminClient<DefaultClientContext> = config().create().unwrap();
    let topic = NewTopic::new(name, 1, TopicReplication::Fixed(1));
    let options = AdminOptions::new().operation_timeout(Some(LIMIT));
    let created = admin.create_topics([&topic], &options).await.unwrap();
    assert_eq!(created, [Ok(name.to_owned())]);
}

async fn produce(topic: &str, payload: &str) {
    let producer: FutureProducer = config().create().unwrap();
    let headers = OwnedHeaders::new().insert(Header {
        key: "trace",
        value: Some("abc"),
    });
    let record = FutureRecord::to(topic)
        .key("k")
        .payload(payload)
        .headers(headers);
    producer.send(record, LIMIT).await.unwrap();
}

async fn next(consumer: &StreamConsumer) -> OwnedMessage {
    timeout(LIMIT, consumer.recv())
        .await
        .unwrap()
        .unwrap()
        .detach()
}

async fn ping() -> KafkaResult<()> {
    let consumer: BaseConsumer = config().create()?;
    // Blocks no longer than a healthy broker may take.
    let metadata = consumer.fetch_metadata(None, Duration::from_millis(900))?;
    assert_eq!(metadata.brokers().len(), 1);
    Ok(())
}

#[tokio::test]
#[ignore = "needs kafka: cargo xtask integration-test"]
async fn produced_message_is_consumed_with_its_headers() {
    let topic = "produced_message_is_consumed_with_its_headers";
    create_topic(topic).await;
    produce(topic, "first").await;
    let message = next(&consumer("headers", topic)).await;
    assert_eq!(message.payload(), Some(b"first".as_slice()));
    assert_eq!(message.key(), Some(b"k".as_slice()));
    let headers: Vec<_> = message
        .headers()
        .unwrap()
        .iter()
        .map(|header| (header.key, header.value))
        .collect();
    assert_eq!(headers, [("trace", Some(b"abc".as_slice()))]);
}

#[tokio::test]
#[ignore = "needs kafka: cargo xtask integration-test"]
async fn consumer_group_resumes_at_its_committed_offset() {
    let topic = "consumer_group_resumes_at_its_committed_offset";
    create_topic(topic).await;
    for payload in ["first", "second"] {
        produce(topic, payload).await;
    }
    let first = consumer("resumes", topic);
    assert_eq!(next(&first).await.payload(), Some(b"first".as_slice()));
    first.commit_consumer_state(CommitMode::Sync).unwrap();
    drop(first);
    assert_eq!(
        next(&consumer("resumes", topic)).await.payload(),
        Some(b"second".as_slice())
    );
}

support::disturbances_are_noticed!(
    Service::KAFKA,
    ping,
    "needs kafka, control: cargo xtask integration-test"
);

#[tokio::test]
#[ignore = "needs kafka, control: cargo xtask integration-test"]
async fn restart_keeps_messages() {
    let topic = "restart_keeps_messages";
    create_topic(topic).await;
    produce(topic, "kept").await;
    Service::KAFKA.restart().unwrap();
    assert_eq!(
        next(&consumer("restart", topic)).await.payload(),
        Some(b"kept".as_slice())
    );
}
