//! The page for the day, typed line by line: every block of `deploy/RUNBOOK.md` that names a machine is run on that
//! machine, a folder and a shell of its own, in the order of the page. Words in capitals are what a person reads from
//! another screen and types: CODE, FINGERPRINT, DRAFT.

#![cfg(unix)]

use promises::program::{self, Running};
use std::{
    collections::BTreeMap,
    fs,
    net::TcpListener,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;

/// A line that somebody types.
#[derive(Debug)]
struct Step {
    machine: String,
    line: usize,
    command: String,
}

/// Blocks fenced as ```` ```sh MACHINE ````, or ```` ```sh MACHINE for A B ````: neighbours with the same names after `for`
/// are done in turn for each of them, `ME` standing for the machine itself. A line that ends with a backslash goes on.
fn steps(page: &str) -> Vec<Step> {
    let mut steps = Vec::new();
    let blocks = blocks(page);
    for round in blocks.chunk_by(|one, next| one.names.is_some() && one.names == next.names) {
        let names = round[0].names.clone().unwrap_or_else(|| vec![String::new()]);
        for name in names {
            for block in round {
                let machine = if block.machine == "ME" { name.clone() } else { block.machine.clone() };
                steps.extend(block.lines.iter().map(|(line, command)| Step {
                    machine: machine.clone(),
                    line: *line,
                    command: format!("ME={}; {command}", if name.is_empty() { &machine } else { &name }),
                }));
            }
        }
    }
    steps
}

/// A fenced block: where it is typed, for whom, and its lines with their numbers.
struct Block {
    machine: String,
    names: Option<Vec<String>>,
    lines: Vec<(usize, String)>,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut blocks, mut is_inside, mut goes_on) = (Vec::<Block>::new(), false, false);
    for (line, text) in (1..).zip(page.lines().map(str::trim)) {
        if let Some(fence) = text.strip_prefix("```") {
            is_inside = fence.starts_with("sh ");
            if let Some(head) = fence.strip_prefix("sh ") {
                let (machine, names) = head.split_once(" for ").map_or((head, None), |(m, names)| (m, Some(names)));
                let names = names.map(|names| names.split(' ').map(str::to_owned).collect());
                blocks.push(Block { machine: machine.to_owned(), names, lines: Vec::new() });
            }
            continue;
        }
        let Some(block) = blocks.last_mut().filter(|_| is_inside && !text.is_empty()) else { continue };
        let command = text.split("   #").next().unwrap_or_default().trim();
        let words = command.strip_suffix('\\').unwrap_or(command);
        match block.lines.last_mut().filter(|_| goes_on) {
            Some((_, all)) => all.push_str(words),
            None => block.lines.push((line, words.to_owned())),
        }
        goes_on = words.len() < command.len();
    }
    blocks
}

/// The machines of a hall, and what was last read from any of their screens.
struct Machines {
    folder: TempDir,
    ports: [u16; 3],
    shown: BTreeMap<&'static str, String>,
    running: Vec<(String, Running)>,
    /// What every machine's shell begins with: the block for `everywhere`.
    prelude: Vec<String>,
}

impl Machines {
    fn new() -> Self {
        let free = || TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (folder, ports) = (tempfile::tempdir().unwrap(), [free(), free(), free()]);
        for shared in ["stick", "usb", "envelope"] {
            fs::create_dir(folder.path().join(shared)).unwrap();
        }
        Self { folder, ports, shown: BTreeMap::new(), running: Vec::new(), prelude: Vec::new() }
    }

    fn home(&self, machine: &str) -> PathBuf {
        let home = self.folder.path().join(machine);
        fs::create_dir_all(&home).unwrap();
        home
    }

    /// What is typed here: addresses of this test for those of the page, and what was read for its name in capitals.
    fn typed(&self, step: &Step) -> String {
        let at = |port: usize| format!("127.0.0.1:{}", self.ports[port]);
        let own = usize::from(step.machine == "spare");
        let mut typed = step.command.trim_end_matches(" &").replace("0.0.0.0:7440", &at(own));
        typed = typed.replace("192.168.1.10:7440", &at(0)).replace("192.168.1.11:7440", &at(1));
        typed = typed.replace("127.0.0.1:7441", &at(2));
        for (word, read) in &self.shown {
            typed = typed.replace(word, read);
        }
        typed
    }

    fn shell(&self, step: &Step, log: &Path) -> Command {
        let at = |name: &str| self.folder.path().join(name);
        let bin = program::path();
        let path = format!("{}:{}", bin.parent().unwrap().display(), std::env::var("PATH").unwrap());
        let mut lines = self.prelude.clone();
        lines.push(self.typed(step));
        let words = fs::OpenOptions::new().create(true).append(true).open(log).unwrap();
        let mut shell = Command::new("bash");
        shell.args(["-euo", "pipefail", "-c", &lines.join("\n")]).current_dir(self.home(&step.machine));
        shell.env("PATH", path).env("STICK", at("stick")).env("USB", at("usb"));
        shell.env("ENVELOPE", at("envelope"));
        shell.env("REPOSITORY", program::repository()).stdin(Stdio::null()).stderr(words);
        shell
    }

    fn take(&mut self, step: &Step) {
        if step.machine == "everywhere" {
            self.prelude.push(step.command.trim_start_matches("ME=everywhere; ").to_owned());
            return;
        }
        let log = self.home(&step.machine).join("shell.log");
        if step.command.ends_with(" &") {
            self.start(step, &log);
            return;
        }
        let output = self.shell(step, &log).stdout(Stdio::piped()).output().expect("bash runs");
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            output.status.success(),
            "RUNBOOK.md line {} on {}: `{}` ended with {}\n{stdout}\n{}",
            step.line,
            step.machine,
            self.typed(step),
            output.status,
            fs::read_to_string(&log).unwrap_or_default()
        );
        self.read(&stdout);
    }

    /// A command that goes on in a window of its own. The program takes the place of its shell, so that its id is known.
    fn start(&mut self, step: &Step, log: &Path) {
        let replaced =
            Step { command: step.command.replacen("; ", "; exec ", 1), machine: step.machine.clone(), line: step.line };
        let said = log.with_extension("out");
        let out = fs::File::create(&said).unwrap();
        let child = self.shell(&replaced, log).stdout(out).spawn().expect("bash runs");
        self.running.push((step.machine.clone(), Running(child)));
        let until = Instant::now() + Duration::from_secs(30);
        while step.command.contains("server ") && fs::read_to_string(&said).unwrap().is_empty() {
            assert!(Instant::now() < until, "line {}: {}", step.line, fs::read_to_string(log).unwrap());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// A person reads what the screen shows: eight digits are a code, thirty a fingerprint, 64 hex digits a draft.
    fn read(&mut self, stdout: &str) {
        for line in stdout.lines() {
            let digits: String = line.chars().filter(char::is_ascii_digit).collect();
            let only_digits = line.chars().all(|c| c.is_ascii_digit() || c == ' ');
            let word = line.trim();
            match digits.len() {
                8 if only_digits => self.shown.insert("CODE", digits),
                30 if only_digits => self.shown.insert("FINGERPRINT", word.to_owned()),
                _ if word.len() == 64 && word.bytes().all(|b| b.is_ascii_hexdigit()) => {
                    // The first number that anybody is shown is the event's.
                    self.shown.entry("EVENT").or_insert_with(|| word.to_owned());
                    self.shown.insert("DRAFT", word[..16].to_owned())
                }
                _ => None,
            };
        }
    }

    /// The laptop is gone: its programs at once, and its disk.
    fn lose(&mut self, machine: &str) {
        self.running.retain(|(on, _)| on != machine);
        fs::remove_dir_all(self.folder.path().join(machine)).unwrap();
    }
}

#[test]
fn the_page_for_the_day_is_followed_line_by_line_and_ends_in_a_verified_result() {
    let page = fs::read_to_string(program::repository().join("deploy/RUNBOOK.md")).unwrap();
    let steps = steps(&page);
    let mut machines = Machines::new();
    let (mut typed, start) = (0, Instant::now());
    for step in &steps {
        // The page says at this place that the server's laptop is gone.
        if step.machine == "spare" && machines.folder.path().join("laptop").exists() {
            machines.lose("laptop");
        }
        machines.take(step);
        typed += 1;
    }
    assert!(typed > 40, "the page has {typed} lines to type");
    let verdict = fs::read_to_string(machines.folder.path().join("stick/verdict.json")).unwrap();
    let verdict: serde_json::Value = serde_json::from_str(&verdict).unwrap();
    assert_eq!(verdict["verdict"], "OK", "{verdict}");
    println!(
        "{typed} lines on {} machines in {:.1} s",
        steps.iter().map(|s| &s.machine).collect::<std::collections::BTreeSet<_>>().len(),
        start.elapsed().as_secs_f64()
    );
}
