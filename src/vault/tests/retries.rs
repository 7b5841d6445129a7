//! What is sent again, and when that ends.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use super::*;
use crate::http::Unreachable;

/// Answers the first request with this, and every later one with data.
async fn once(server: &MockServer, template: ResponseTemplate) {
    Mock::given(path("/v1/aws/roles/a"))
        .respond_with(template)
        .up_to_n_times(1)
        .mount(server)
        .await;
    Mock::given(path("/v1/aws/roles/a"))
        .respond_with(json_answer(200, &json!({ "data": { "a": 1 } })))
        .mount(server)
        .await;
}

#[tokio::test]
async fn a_passing_failure_is_tried_again() {
    for status in [412, 429, 500, 502, 503, 504] {
        let server = vault().await;
        once(&server, failure(status, "try again")).await;
        let session = session(&server).await;
        let written = session.writer().write("aws/roles/a", &json!({})).await;
        written.unwrap_or_else(|error| panic!("{status}: {error}"));
        assert_eq!(session.stats().retries, 1, "{status}");
    }
}

#[tokio::test]
async fn a_lasting_failure_is_not_tried_again() {
    for status in [400, 405, 413, 422, 501] {
        let server = vault().await;
        once(&server, failure(status, "no")).await;
        let session = session(&server).await;
        session.reader().get("aws/roles/a").await.unwrap_err();
        assert_eq!(asked(&server, "aws/roles/a").await, 1, "{status}");
    }
}

#[tokio::test]
async fn a_damaged_body_is_tried_again() {
    for body in ["{\"data\": {\"a\"", "{]", "{\"data\": {}} trailing"] {
        let server = vault().await;
        once(
            &server,
            ResponseTemplate::new(200).set_body_raw(body, "application/json"),
        )
        .await;
        let data = session(&server)
            .await
            .reader()
            .get("aws/roles/a")
            .await
            .unwrap();
        assert_eq!(data.unwrap()["a"], 1, "{body}");
    }
}

#[tokio::test]
async fn retry_after_is_waited_for() {
    let server = vault().await;
    once(
        &server,
        failure(429, "slow down").insert_header("retry-after", "1"),
    )
    .await;
    let mut schedule = quick();
    schedule.busy = Duration::from_secs(10);
    let credentials = VaultCredentials::Token(TOKEN.into());
    let session = Session::open_with(settings(&server), credentials, schedule)
        .await
        .unwrap();
    let started = std::time::Instant::now();
    session.reader().get("aws/roles/a").await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(1));
}

#[tokio::test]
async fn giving_up_says_how_often_and_what_was_last() {
    let server = vault().await;
    answer(&server, "GET", "aws/roles/a", failure(500, "disk full")).await;
    let error = session(&server)
        .await
        .reader()
        .get("aws/roles/a")
        .await
        .unwrap_err();
    let VaultError::GaveUp { sends, last, .. } = &error else {
        panic!("{error}")
    };
    assert_eq!(*sends, 3);
    assert_eq!(
        last.to_string(),
        "Vault refuses to read `aws/roles/a` (status 500): disk full"
    );
    assert!(matches!(
        root(&error),
        VaultError::Rejected { status: 500, .. }
    ));
}

#[tokio::test]
async fn a_seal_in_the_middle_is_waited_for_as_long_as_a_server_that_is_gone() {
    let server = vault().await;
    answer(
        &server,
        "GET",
        "aws/roles/a",
        failure(503, "Vault is sealed"),
    )
    .await;
    let error = session(&server)
        .await
        .reader()
        .get("aws/roles/a")
        .await
        .unwrap_err();
    assert!(matches!(root(&error), VaultError::Sealed { .. }), "{error}");
    assert!(asked(&server, "aws/roles/a").await > quick().doubtful_sends as usize);
}

#[tokio::test]
async fn a_refusal_after_a_lost_answer_is_recognizable() {
    let server = vault().await;
    Mock::given(path("/v1/sys/auth/a"))
        .respond_with(failure(502, ""))
        .up_to_n_times(1)
        .mount(&server)
        .await;
    answer(
        &server,
        "POST",
        "sys/auth/a",
        failure(400, "path is already in use at a/"),
    )
    .await;
    let error = session(&server)
        .await
        .writer()
        .write("sys/auth/a", &json!({}))
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            VaultError::Rejected {
                sends: 2,
                status: 400,
                ..
            }
        ),
        "{error}"
    );
}

#[tokio::test]
async fn nothing_listening_is_reported_in_time() {
    let port = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let settings = VaultSettings::new(format!("http://127.0.0.1:{port}").parse().unwrap());
    let error = open(settings).await.err().unwrap();
    let VaultError::Unreachable { cause, .. } = root(&error) else {
        panic!("{error}")
    };
    assert_eq!(*cause, Unreachable::Refused);
}

#[tokio::test]
async fn an_unknown_host_is_reported_in_time() {
    let error = open(VaultSettings::new(
        "http://vault.invalid:8200".parse().unwrap(),
    ))
    .await
    .err()
    .unwrap();
    let VaultError::Unreachable { cause, .. } = root(&error) else {
        panic!("{error}")
    };
    assert_eq!(*cause, Unreachable::UnknownHost("vault.invalid".to_owned()));
}

#[tokio::test]
async fn a_silent_server_is_given_up_after_the_timeout() {
    let server = MockServer::start().await;
    answer(
        &server,
        "GET",
        "sys/health",
        json_answer(200, &health()).set_delay(Duration::from_secs(30)),
    )
    .await;
    let mut settings = settings(&server);
    settings.timeout = Duration::from_millis(50);
    let error = open(settings).await.err().unwrap();
    let VaultError::Unreachable { cause, .. } = root(&error) else {
        panic!("{error}")
    };
    assert_eq!(
        *cause,
        Unreachable::AnswerTimeout(Duration::from_millis(50))
    );
    assert_eq!(asked(&server, "sys/health").await, 2);
}

/// A server that takes each connection's request and then answers with these bytes and closes.
fn raw_server(answer: &'static [u8]) -> VaultSettings {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(answer);
        }
    });
    VaultSettings::new(format!("http://{address}").parse().unwrap())
}

#[tokio::test]
async fn a_broken_connection_is_recognized() {
    let answers: [&[u8]; 3] = [
        b"",
        b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{\"initialized\": true",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n10\r\n{",
    ];
    for answer in answers {
        let error = open(raw_server(answer)).await.err().unwrap();
        let VaultError::Unreachable { cause, .. } = root(&error) else {
            panic!("{error}")
        };
        assert_eq!(*cause, Unreachable::Broken);
    }
}

#[tokio::test]
async fn https_to_a_plain_http_server_is_recognised() {
    let plain = raw_server(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let settings = VaultSettings::new(
        plain
            .address
            .to_string()
            .replace("http:", "https:")
            .parse()
            .unwrap(),
    );
    let error = open(settings).await.err().unwrap();
    assert!(matches!(error, VaultError::WantsHttp { .. }), "{error}");
}

#[tokio::test]
async fn no_more_requests_than_allowed_are_in_flight() {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NOW: AtomicUsize = AtomicUsize::new(0);
    static MOST: AtomicUsize = AtomicUsize::new(0);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let _ = stream.read(&mut [0; 4096]);
                MOST.fetch_max(NOW.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(20));
                NOW.fetch_sub(1, Ordering::SeqCst);
                let body = health().to_string();
                let head = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {}\r\n",
                    body.len()
                );
                let _ = write!(stream, "{head}content-type: application/json\r\n\r\n{body}");
            });
        }
    });
    let mut settings = VaultSettings::new(format!("http://{address}").parse().unwrap());
    settings.parallelism = 4.try_into().unwrap();
    let reader = open(settings).await.unwrap().reader();
    futures::future::join_all((0..40).map(|_| reader.get("sys/auth"))).await;
    assert_eq!(MOST.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn a_read_after_a_write_is_no_older_than_the_write() {
    let server = vault().await;
    // `v1:c-1:7:0:x`
    let index = "djE6Yy0xOjc6MDp4";
    let written = json_answer(200, &json!({})).insert_header("x-vault-index", index);
    answer(&server, "POST", "aws/roles/a", written).await;
    let behind = || failure(412, "required index state not present");
    Mock::given(method("GET"))
        .and(path("/v1/aws/roles/a"))
        .and(wiremock::matchers::header("x-vault-index", index))
        .respond_with(behind())
        .up_to_n_times(1)
        .mount(&server)
        .await;
    let caught_up = json_answer(200, &json!({ "data": { "a": 1 } }));
    Mock::given(method("GET"))
        .and(path("/v1/aws/roles/a"))
        .and(wiremock::matchers::header("x-vault-index", index))
        .respond_with(caught_up)
        .mount(&server)
        .await;
    let session = session(&server).await;
    let writer = session.writer();
    writer.write("aws/roles/a", &json!({})).await.unwrap();
    let read = session.reader().get("aws/roles/a").await.unwrap().unwrap();
    assert_eq!(read["a"], 1);
    assert_eq!(session.stats().retries, 1);
}
