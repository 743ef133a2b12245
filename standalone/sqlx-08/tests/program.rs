//! Events of the whole program.
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking"
)]

use std::process::Command;

use serde_json::Value;

#[test]
fn requests_have_their_statements_and_lines() {
    let output = Command::new(env!("CARGO_BIN_EXE_sqlx-08"))
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{text}");
    let events: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |parent: &Value, fingerprint: &str| {
        let children = events
            .iter()
            .filter(|event| event["parent"] == parent["id"]);
        children
            .filter(|event| event["gomon:fp"] == fingerprint)
            .cloned()
            .collect::<Vec<_>>()
    };

    let requests: Vec<_> = events
        .iter()
        .filter(|event| event["message"] == "request")
        .collect();
    assert_eq!(requests.len(), 3, "{text}");
    for request in requests {
        assert_eq!(request["gomon:outcome"], "ok");
        let [statement] = &of(request, "sql-wconn-query")[..] else {
            panic!("not one statement: {text}");
        };
        assert_eq!(statement["query"], "SELECT name FROM good WHERE id = ?");
        assert_eq!(
            (&statement["source"], &statement["table"]),
            (&"tracing".into(), &"good".into())
        );
        assert_eq!(statement["row-count"], 1);
        assert_eq!(statement["trace"], request["trace"]);
        assert!(statement.get("gomon:outcome").is_none());
        let [line] = &of(request, "tracing-event")[..] else {
            panic!("not one line: {text}");
        };
        assert_eq!(line["message"], "found");
    }
    let fill = events
        .iter()
        .find(|event| event["message"] == "fill")
        .unwrap();
    let statements = of(fill, "sql-wconn-exec");
    assert_eq!(statements.len(), 2);
    // The lines of the program show the name, no statement does.
    let reported: Vec<_> = events
        .iter()
        .filter(|event| event["source"] == "tracing")
        .collect();
    assert!(reported.len() >= 5, "{text}");
    for statement in reported {
        assert!(!statement.to_string().contains("bread"), "{statement}");
    }
    assert_eq!(statements[1]["query"], "INSERT INTO good (name) VALUES (?)");
    assert_eq!(statements[1]["rows-aff"], 3);
}
