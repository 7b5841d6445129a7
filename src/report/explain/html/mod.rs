//! An answer as a page of its own, for a browser: a list that people search, filter, group, draw and print.

mod header;
mod rows;

use std::io;

use super::Out;
use super::content::Content;
use crate::report::page::{Shell, facts};

pub(crate) use header::PageHeader;

const SCRIPT: &str = include_str!("access.js");

/// What people narrow the list by. The script fills the lists of suggestions.
const FILTERS: &str = r##"<form id="filters" aria-label="Filters" hidden>
<label class="wide">Search everything (press /) <input type="search" name="search" autocomplete="off" placeholder="Words, in any order"></label>
<label>Project, by path or id <input type="search" name="project" autocomplete="off"></label>
<label>Group <input type="search" name="group" list="groups" autocomplete="off"></label>
<label>Environment <input type="search" name="environment" list="environments" autocomplete="off"></label>
<label>AWS account <input type="search" name="account" list="accounts" autocomplete="off"></label>
<label>Role <input type="search" name="role" autocomplete="off"></label>
<datalist id="groups"></datalist><datalist id="environments"></datalist><datalist id="accounts"></datalist>
<fieldset><legend>Only what is</legend>
<label class="tick"><input type="checkbox" name="unprotected" value="1"> unprotected</label>
<label class="tick"><input type="checkbox" name="unknown" value="1"> unknown</label>
<label class="tick"><input type="checkbox" name="expires" value="1"> ending by itself</label>
<label class="tick" hidden><input type="checkbox" name="unused" value="1"> not in the log</label>
</fieldset>
<fieldset><legend>View</legend>
<label class="tick"><input type="radio" name="view" value="list" checked> list</label>
<label class="tick"><input type="radio" name="view" value="project"> by project</label>
<label class="tick"><input type="radio" name="view" value="account"> by account</label>
<label class="tick"><input type="radio" name="view" value="diagram"> diagram</label>
</fieldset>
<button type="reset">Clear</button>
</form>
<p id="count" role="status"></p>
<div class="heads" id="heads" aria-hidden="true"><span>Who</span><span>When</span><span>In AWS</span><span></span></div>
<div id="rows"></div>
<p><button id="more" type="button" hidden></button></p>
</main>
"##;

/// Writes a page: what it is based on, what is not known, and a row for each way and each other fact.
///
/// # Errors
/// When `out` can't be written to.
pub(super) fn write(
    content: &Content<'_, '_>,
    header: &PageHeader,
    out: Out<'_>,
) -> io::Result<()> {
    let shell = Shell {
        title: &content.question,
        script: Some(SCRIPT),
    };
    shell.begin(out)?;
    writeln!(out, "<a class=\"skip\" href=\"#rows\">Skip to the list</a>")?;
    facts(&header.facts(content), out)?;
    write!(
        out,
        "<main>\n<noscript><p class=\"warn\">The list needs this page's own script; \
         <code>explain --format csv</code> has the same rows.</p></noscript>\n{FILTERS}"
    )?;
    rows::write(content, out)?;
    shell.end(out)
}
