//! Forms in which others write secrets into free text.

use gomon_redact::scrub_text;

#[track_caller]
fn becomes(cases: &[(&str, &str)]) {
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|&(from, to)| {
            let shown = scrub_text(from);
            let again = scrub_text(&shown);
            let is_right = shown == to && again == to;
            (!is_right).then(|| format!("{from}\n  shows {shown}\n  again {again}\n  not   {to}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn names_with_an_index_announce_a_secret() {
    becomes(&[
        ("password[0]=hunter2", "password[0]=[redacted]"),
        ("password[]=hunter2&a=1", "password[]=[redacted]&a=1"),
        (
            "password[\"new\"] = hunter2",
            "password[\"new\"] = [redacted]",
        ),
        (
            "login[password][0]: hunter2",
            "login[password][0]: [redacted]",
        ),
        ("password%5B0%5D=hunter2", "password%5B0%5D=[redacted]"),
        ("tokens[i][j]=hunter2", "tokens[i][j]=[redacted]"),
        ("items[0]=hunter2", "items[0]=hunter2"),
        ("[0]=hunter2", "[0]=hunter2"),
    ]);
}

#[test]
fn quoted_arguments_of_secret_types_are_redacted() {
    becomes(&[
        ("Password(\"hunter2\")", "Password(\"[redacted]\")"),
        (
            "Login { key: ApiKey(Some(\"hunter2\")) }",
            "Login { key: ApiKey(Some(\"[redacted]\")) }",
        ),
        (
            "{\\\"e\\\":\\\"Token(\\\\\"hunter2\\\\\")\\\"}",
            "{\\\"e\\\":\\\"Token(\\\\\"[redacted]\\\\\")\\\"}",
        ),
        ("Secret('hunter2'), x", "Secret('[redacted]'), x"),
        ("Name(\"ada\")", "Name(\"ada\")"),
        (
            "password(s) and token() and session(name)",
            "password(s) and token() and session(name)",
        ),
    ]);
}

#[test]
fn elements_with_attributes_are_redacted() {
    becomes(&[
        (
            "<password type=\"x\">hunter2</password>",
            "<password type=\"x\">[redacted]</password>",
        ),
        (
            "<ns:Token a='1' b='2'>hunter2</ns:Token>",
            "<ns:Token a='1' b='2'>[redacted]</ns:Token>",
        ),
        (
            "<password type=\"x\"/>hunter2",
            "<password type=\"x\"/>hunter2",
        ),
        (
            "<p class=\"token\">hunter2</p>",
            "<p class=\"token\">hunter2</p>",
        ),
        (
            "a Vec<Token> and Option<Password> here",
            "a Vec<Token> and Option<Password> here",
        ),
    ]);
}

#[test]
fn two_words_announce_a_secret() {
    becomes(&[
        ("api key: hunter2", "api key: [redacted]"),
        ("API Key = hunter2", "API Key = [redacted]"),
        ("Access key: hunter2", "Access key: [redacted]"),
        ("private key=hunter2", "private key=[redacted]"),
        ("pass phrase: hunter2", "pass phrase: [redacted]"),
        (
            "connection string: hunter2",
            "connection string: [redacted]",
        ),
        (
            "primary key: id, the Key: x, duplicate key: 7",
            "primary key: id, the Key: x, duplicate key: 7",
        ),
    ]);
}

#[test]
fn escaped_and_encoded_signs_announce_a_secret() {
    becomes(&[
        ("password\\u003dhunter2", "password\\u003d[redacted]"),
        (
            "a?token\\u003Dhunter2\\u0026b\\u003d1",
            "a?token\\u003D[redacted]\\u0026b\\u003d1",
        ),
        (
            "{\\u0022password\\u0022\\u003a\\u0022hunter2\\u0022}",
            "{\\u0022password\\u0022\\u003a[redacted]}",
        ),
        (
            "%22password%22%3A%22hunter2%22",
            "%22password%22%3A[redacted]",
        ),
        (
            "&quot;password&quot;: hunter2",
            "&quot;password&quot;: [redacted]",
        ),
        ("line\\npw=hunter2", "line\\npw=[redacted]"),
        ("a\\u003d1", "a\\u003d1"),
    ]);
}

#[test]
fn fragments_of_urls_are_redacted() {
    becomes(&[
        ("at https://h/p#hunter2 x", "at https://h/p#[redacted] x"),
        (
            "(https://h/p?a=1#b=hunter2).",
            "(https://h/p?a=[redacted]#b=[redacted]).",
        ),
        ("issue #12, /a#b, x://#", "issue #12, /a#b, x://#"),
    ]);
}

#[test]
fn bare_values_continue_after_a_separator() {
    becomes(&[
        ("password=hun,ter2", "password=[redacted]"),
        ("password=hun;ter&2 x", "password=[redacted] x"),
        ("password=a,b;c&d,user=me", "password=[redacted],user=me"),
        ("password=hunter2, user=me", "password=[redacted], user=me"),
        ("Password=hun;ter2;Server=h", "Password=[redacted];Server=h"),
        ("token=a&b=1&c", "token=[redacted]&b=1&c"),
        (
            "{password:hunter2,user:me}",
            "{password:[redacted],user:me}",
        ),
        (
            "[password=hunter2, a]; pwd=x;",
            "[password=[redacted], a]; pwd=[redacted];",
        ),
        ("password=a,\"b\"", "password=[redacted],\"b\""),
    ]);
}

#[test]
fn connection_strings_in_errors_are_redacted() {
    becomes(&[
        (
            "dial u:hunter2@tcp(h:3306)/d: refused",
            "dial u:[redacted]@tcp(h:3306)/d: refused",
        ),
        (
            "u:hun@ter/2@unix(/run/my.sock)/d",
            "u:[redacted]@unix(/run/my.sock)/d",
        ),
        (
            "root:hunter2@localhost:3306/d",
            "root:[redacted]@localhost:3306/d",
        ),
        ("app:hunter2@[::1]:5432", "app:[redacted]@[::1]:5432"),
        (
            "jdbc:oracle:thin:u/hunter2@h",
            "jdbc:oracle:thin:[redacted]@h",
        ),
        (
            "jdbc:oracle:thin:u/hunter2@//h:1521/s",
            "jdbc:oracle:thin:[redacted]@//h:1521/s",
        ),
        ("jdbc:oracle:thin:@h:1521:s", "jdbc:oracle:thin:@h:1521:s"),
        ("sqlite:x.db?key=hunter2", "sqlite:x.db?key=[redacted]"),
        (
            "file:x.db?mode=ro&hexkey=hunter2",
            "file:x.db?mode=ro&hexkey=[redacted]",
        ),
        (
            "jdbc:sqlserver://h:1;user=sa;password=hunter2;a=b",
            "jdbc:sqlserver://h:1;user=sa;password=[redacted];a=b",
        ),
        (
            "Server=h;Uid=u;Pwd=hunter2;",
            "Server=h;Uid=u;Pwd=[redacted];",
        ),
        ("postgres://u:hunter2@h/d", "postgres://[redacted]@h/d"),
        (
            "mongodb://u:hunter2@a:1,b:2/d",
            "mongodb://[redacted]@a:1,b:2/d",
        ),
        (
            "host=h user=u password=hunter2 dbname=d",
            "host=h user=u password=[redacted] dbname=d",
        ),
        ("mailto:me@example.org/x", "mailto:me@example.org/x"),
        (
            "git@github.com:org/repo, image:tag@sha256:0a, pkg:npm/x@1.2",
            "git@github.com:org/repo, image:tag@sha256:0a, pkg:npm/x@1.2",
        ),
    ]);
}

#[test]
fn keys_in_any_armour_are_redacted() {
    const BODY: &str = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
    let labels = [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "EC PRIVATE KEY",
        "DSA PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "PGP PRIVATE KEY BLOCK",
        "CERTIFICATE",
        "PUBLIC KEY",
        "CERTIFICATE REQUEST",
    ];
    for label in labels {
        for separator in ["\n", "\r\n", "\\n", "\\\\n", " ", ""] {
            let block =
                format!("-----BEGIN {label}-----{separator}{BODY}{separator}-----END {label}-----");
            becomes(&[
                (&format!("key {block} end"), "key [redacted] end"),
                (
                    &format!("{{\"pem\":\"{block}\"}}"),
                    "{\"pem\":\"[redacted]\"}",
                ),
            ]);
        }
        let cut = format!("-----BEGIN {label}-----\n{BODY}");
        becomes(&[(&cut, "[redacted]")]);
        let encoded = format!("a={}", cut.replace(' ', "+").replace('\n', "%0A"));
        becomes(&[(&encoded, "a=[redacted]")]);
    }
    becomes(&[
        (
            "---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nx\n---- END SSH2 ENCRYPTED PRIVATE KEY ---- y",
            "[redacted] y",
        ),
        (
            "PuTTY-User-Key-File-3: ssh-rsa\nPrivate-Lines: 1\nabc\nPrivate-MAC: 0a1b\nend",
            "[redacted]\nend",
        ),
        (BODY, "[redacted]"),
        (
            "----- BEGINNING ----- and -----BEGINNER-----",
            "----- BEGINNING ----- and -----BEGINNER-----",
        ),
    ]);
}

#[test]
fn card_numbers_are_redacted_in_every_notation() {
    for number in [
        "4111111111111111",
        "4111 1111 1111 1111",
        "4111-1111-1111-1111",
        "4111.1111.1111.1111",
        "4111/1111/1111/1111",
        "4111_1111_1111_1111",
        "4111\u{a0}1111\u{a0}1111\u{a0}1111",
        "4111\u{202f}1111\u{202f}1111\u{202f}1111",
        "4111\u{2009}1111\u{2009}1111\u{2009}1111",
        "4111\u{2011}1111\u{2011}1111\u{2011}1111",
        "4111\u{2013}1111\u{2013}1111\u{2013}1111",
        "4111\u{b7}1111\u{b7}1111\u{b7}1111",
        "4111\t1111\t1111\t1111",
        "4111  1111  1111  1111",
        "4111 - 1111 - 1111 - 1111",
        "4111+1111+1111+1111",
        "4111%201111%201111%201111",
        "41111111 11111111",
        "4222222222222",
        "4222 222 222 222",
        "3782 822463 10005",
        "3056 930902 5904",
        "36227206271667",
        "5555 5555 5555 4444",
        "2223 0031 2200 3222",
        "6011 1111 1111 1117",
        "3530 1113 3330 0000",
        "6205 5000 0000 0000 004",
        "6759 6498 2643 8453",
        "2200 0000 0000 0004",
        "9792 0303 9444 0796",
    ] {
        becomes(&[
            (
                &format!("card {number} declined"),
                "card [redacted] declined",
            ),
            (&format!("(#{number})"), "(#[redacted])"),
            (&format!("\"n\":\"{number}\","), "\"n\":\"[redacted]\","),
        ]);
    }
}

#[test]
fn numbers_that_are_no_cards_are_unchanged() {
    for text in [
        "4111 1111 1111 1112",
        "1763902195123456789",
        "2026-11-23 13:09:55.123456 +01:00",
        "192.168.100.100:8080, 10.0.0.1/24, +49 30 901820 100",
        "4111.1111",
        "41 11 11 11 11 11 11 11",
        "a4111111111111111",
        "4111111111111111b",
        "3.4111111111111111",
        "4111111111111111.5",
        "5000-2000-3000",
        "| 4096 | 8192 | 1024 | 2048 |",
    ] {
        becomes(&[(text, text)]);
    }
}
