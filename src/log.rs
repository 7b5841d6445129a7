//! Messages on standard error, for people or for machines.

use std::fmt;
use std::io::Write;
use std::sync::OnceLock;
use std::time::SystemTime;

use serde::{Serialize, Serializer};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Global, LogFormat};
use crate::diagnostic::{Code, escaped_json, is_hidden, printable};

/// The form that was asked for.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Sends this program's own traces to standard error. Those of its libraries would show headers.
pub(crate) fn init(global: &Global) {
    FORMAT.get_or_init(|| global.log_format);
    let level = match global.verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), level);
    let format = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .with_ansi(false);
    let registry = tracing_subscriber::registry();
    match global.log_format {
        LogFormat::Text => registry
            .with(format.event_format(Text).with_filter(ours))
            .init(),
        LogFormat::Json => registry
            .with(format.json().flatten_event(true).with_filter(ours))
            .init(),
    }
}

/// Traces that look like all other messages: `warning: …`.
struct Text;

impl<S, N> FormatEvent<S, N> for Text
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let label = match *event.metadata().level() {
            tracing::Level::ERROR => "error",
            tracing::Level::WARN => "warning",
            tracing::Level::TRACE => "trace",
            _ => "debug",
        };
        write!(writer, "{label}: ")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// Says why the command failed, and what to do about it. Both are lines, so that data within a line can't begin
/// another one.
pub(crate) fn error(code: Option<Code>, lines: &[String], help: &[String]) {
    write(&Message {
        level: Level::Error,
        code,
        message: lines,
        help,
    });
}

/// Prints where to read more about the messages of a run that failed.
pub(crate) fn hint(code: Option<Code>) {
    if FORMAT.get() == Some(&LogFormat::Json) {
        return;
    }
    let (an, code) = match code {
        Some(code) => ("this", code.name()),
        None => ("an", "CODE"),
    };
    note(&format!(
        "For more about {an} error, run `vault-provisioner --explain {code}`."
    ));
}

/// Prints what a person can do next, beside the result.
pub(crate) fn note(message: &str) {
    write(&Message {
        level: Level::Info,
        code: None,
        message: &[message.to_owned()],
        help: &[],
    });
}

/// A message that is not a trace. In JSON, its fields have the names that those of traces have.
#[derive(Serialize)]
struct Message<'a> {
    level: Level,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<Code>,
    #[serde(serialize_with = "joined")]
    message: &'a [String],
    #[serde(skip_serializing_if = "<[_]>::is_empty", serialize_with = "joined")]
    help: &'a [String],
}

fn joined<S: Serializer>(lines: &[String], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&lines.join("\n"))
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Level {
    Error,
    Info,
}

impl Message<'_> {
    fn text(&self) -> String {
        let label = match (self.level, self.code) {
            (Level::Error, Some(code)) => format!("error[{code}]: "),
            (Level::Error, None) => "error: ".into(),
            (Level::Info, _) => String::new(),
        };
        let mut text = label + &lines(self.message);
        if !self.help.is_empty() {
            text.push_str("\nhelp: ");
            text.push_str(&lines(self.help));
        }
        text
    }
}

fn lines(lines: &[String]) -> String {
    let lines: Vec<_> = lines.iter().map(|line| printable(line)).collect();
    lines.join("\n")
}

/// A record with the time at which it is written, under the name that traces use.
#[derive(Serialize)]
struct TimedRecord<'a, T> {
    timestamp: String,
    #[serde(flatten)]
    record: &'a T,
}

/// A record as a line of JSON in which nothing acts on a terminal.
pub(crate) fn line(record: &impl Serialize) -> String {
    let timestamp = humantime::format_rfc3339_micros(SystemTime::now()).to_string();
    let record = TimedRecord { timestamp, record };
    let json = serde_json::to_string(&record).unwrap_or_default();
    escaped_json(&json, |c| !is_hidden(c))
}

fn write(message: &Message<'_>) {
    let text = match FORMAT.get() {
        Some(LogFormat::Json) => line(message),
        Some(LogFormat::Text) | None => message.text(),
    };
    // There is nobody left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
