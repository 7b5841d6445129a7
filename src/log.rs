//! Messages on standard error, for people or for machines.

use std::io::Write;

use serde_json::json;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::cli::{Global, LogFormat};
use crate::diagnostic::printable;

/// Sends what this program traces to standard error; its libraries would tell headers.
pub(crate) fn init(global: &Global) {
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
            .with(format.without_time().with_filter(ours))
            .init(),
        LogFormat::Json => registry
            .with(format.json().flatten_event(true).with_filter(ours))
            .init(),
    }
}

/// Says why the command failed, and what to do about it.
pub(crate) fn error(global: &Global, message: &str, help: Option<&str>) {
    let text = match global.log_format {
        LogFormat::Text => {
            let help = help
                .map(|help| format!("\nhelp: {help}"))
                .unwrap_or_default();
            let text = format!("error: {message}{help}");
            let lines: Vec<_> = text.lines().map(printable).collect();
            lines.join("\n")
        }
        LogFormat::Json => json!({"level": "ERROR", "message": message, "help": help}).to_string(),
    };
    // There is nobody left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{text}");
}
