//! Messages on standard error, for people or for machines.

use std::fmt;
use std::io::Write;
use std::sync::OnceLock;

use serde::Serialize;
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Global, LogFormat};
use crate::diagnostic::{escaped_json, is_hidden, printable};

/// The form that was asked for.
static FORMAT: OnceLock<LogFormat> = OnceLock::new();

/// Sends what this program traces to standard error; its libraries would tell headers.
pub(crate) fn init(global: &Global) {
    FORMAT.get_or_init(|| global.log_format);
    let level = if global.verbose {
        LevelFilter::DEBUG
    } else {
        LevelFilter::WARN
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
            _ => "debug",
        };
        write!(writer, "{label}: ")?;
        context.format_fields(writer.by_ref(), event)?;
        writeln!(writer)
    }
}

/// Says why the command failed, and what to do about it.
pub(crate) fn error(message: &str, help: Option<&str>) {
    write(&Message {
        level: Level::Error,
        message,
        help,
    });
}

/// Tells a person what is next, beside the result.
pub(crate) fn note(message: &str) {
    write(&Message {
        level: Level::Info,
        message,
        help: None,
    });
}

/// A message that is no trace, in JSON with the names that traces have.
#[derive(Serialize)]
struct Message<'a> {
    level: Level,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
}

#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "UPPERCASE")]
enum Level {
    Error,
    Info,
}

impl Message<'_> {
    fn text(&self) -> String {
        let label = match self.level {
            Level::Error => "error: ",
            Level::Info => "",
        };
        let help = self.help.map(|help| format!("\nhelp: {help}"));
        let text = format!("{label}{}{}", self.message, help.unwrap_or_default());
        let lines: Vec<_> = text.lines().map(printable).collect();
        lines.join("\n")
    }
}

/// A record as a line of JSON in which nothing acts on a terminal.
pub(crate) fn line(record: &impl Serialize) -> String {
    let json = serde_json::to_string(record).unwrap_or_default();
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
