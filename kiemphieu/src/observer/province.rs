//! `kiemphieu observer follow`: one event, or with `--tickets` a province of them: a table on a terminal, elsewhere a line
//! for each row that changes. It refuses to know how an event is followed.

mod table;

use super::{Following, follow};
use crate::exit::{Exit, Failure, Outcome};
use crate::pin::Pins;
use crate::server::stop_signal;
use crate::{data, data_raw};
use ::observer::{
    Verdict,
    province::{Province, Row, Told, Watched, worst},
};
use clap::Args;
use serde_json::json;
use std::{
    io::{IsTerminal, stdout},
    path::PathBuf,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use table::Screen;

/// Whom to follow.
#[derive(Args, Debug, Clone)]
pub struct Watching {
    #[command(flatten)]
    following: Following,
    /// Folder of event tickets, a file each: follow all of them; beside them halls.toml with names and telephones
    #[arg(long, value_name = "DIR", conflicts_with_all = ["ticket", "servers", "until_size"])]
    tickets: Option<PathBuf>,
}

/// Follows until told to end, or until the aim is reached.
///
/// # Errors
/// Every verdict but OK, with its exit code, of many events the worst; or the trouble that kept anything from beginning.
pub(super) async fn run(said: Watching, pins: &mut Pins) -> Outcome {
    let Watching { following, tickets } = said;
    let Some(tickets) = tickets else { return follow(following, false, None, pins).await };
    let Following { home, hear: peers, once, seconds, json, .. } = following;
    let province = Province::open(Watched { tickets, home, peers, once }, pins)?;
    let mut screen = (!json && stdout().is_terminal()).then(Screen::open).flatten();
    let mut rows = Vec::new();
    let tell = |told: Told<'_>| match (&mut screen, told) {
        (Some(screen), Told::Time(now)) => {
            rows = now.to_vec();
            screen.draw(&rows, clock());
        }
        (Some(screen), Told::Changed(row)) => {
            // What has changed is on the screen at once, and not only when the next second begins.
            if let Some(known) = rows.iter_mut().find(|known| known.place == row.place) {
                known.clone_from(row);
                screen.draw(&rows, clock());
            }
        }
        (None, Told::Changed(row)) if json => data!("{}", json!(row)),
        (None, Told::Changed(row)) => data!("{}", table::line(row)),
        (None, Told::Time(_)) => {}
    };
    let rows = province.watch(stop_signal(), seconds.map(Duration::from_secs), tell).await;
    drop(screen);
    end(&rows, json)
}

/// All rows as they were at last, and the exit code of the worst.
fn end(rows: &[Row], json: bool) -> Outcome {
    let verdict = worst(rows);
    if json {
        data!("{}", json!({ "rows": rows, "verdict": verdict, "exit": verdict.exit() }));
    } else {
        data_raw!("{}", table::all(rows, clock()));
    }
    let exit = match verdict {
        Verdict::Ok => return Ok(()),
        Verdict::Mismatch => Exit::Differs,
        Verdict::Trouble => Exit::Trouble,
        Verdict::Provisional => Exit::Provisional,
        Verdict::Equivocation => Exit::Equivocation,
    };
    let is_so = |row: &&Row| row.verdict.unwrap_or(Verdict::Trouble) == verdict;
    let places: Vec<&str> = rows.iter().filter(is_so).map(|row| row.place.as_str()).collect();
    Err(Failure::new(exit, format!("{}: {}", verdict.word(), places.join(", "))))
}

fn clock() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
