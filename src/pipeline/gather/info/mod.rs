//! INFO of several nodes that becomes one: each section by a rule of its own.
//!
//! corelane writes the text with a place for what the nodes tell of each section; here the places are filled. Names
//! that corelane has told itself in front of a place are its own, and what nodes say under them is left out.

use super::amounts::keyspace;
use crate::resp::ReplyView;

mod fields;
mod lists;

#[cfg(test)]
mod tests;

/// Names and values of one section of one node.
type Fields<'a> = Vec<(&'a str, &'a str)>;

/// How a section of all nodes becomes one.
#[derive(Debug, Clone, Copy)]
enum Section {
    /// A name and a value per line; what most of them are.
    Fields(fields::Rule),
    /// A name and a list of named numbers per line.
    Lists(lists::How),
    /// Keys of each database.
    Databases,
    /// The same at all nodes: the first one's.
    First,
}

/// Sections that nodes tell about.
const SECTIONS: [(&str, Section); 8] = [
    ("Memory", Section::Fields(fields::Rule::Sum)),
    ("Persistence", Section::Fields(fields::Rule::Largest)),
    ("Stats", Section::Fields(fields::Rule::Sum)),
    ("Modules", Section::First),
    ("Commandstats", Section::Lists(lists::How::Sums)),
    ("Errorstats", Section::Lists(lists::How::Sums)),
    ("Latencystats", Section::Lists(lists::How::Largest)),
    ("Keyspace", Section::Databases),
];

/// Where the nodes' lines of a section belong in a text; no text of corelane has this.
pub(in crate::pipeline) fn place(title: &str) -> String {
    format!("\u{1}{title}\u{1}")
}

/// The text with all places filled.
pub(super) fn fill(text: &str, replies: &[ReplyView<'_>]) -> String {
    let texts: Vec<String> = replies
        .iter()
        .map(|reply| String::from_utf8_lossy(reply.as_bulk().unwrap_or_default()).into_owned())
        .collect();
    let mut filled = text.to_owned();
    for (title, section) in SECTIONS {
        let place = place(title);
        let Some((before, after)) = filled.split_once(&place) else {
            continue;
        };
        let lines = match section {
            Section::Databases => keyspace(replies),
            _ => merged(title, section, &texts, &own_names(before)),
        };
        filled = [before, &lines, after].concat();
    }
    filled
}

/// The lines of a section; `own` are names that corelane has told already.
fn merged(title: &str, section: Section, texts: &[String], own: &[&str]) -> String {
    let told = texts.iter().map(|text| {
        let mut fields = fields_of(text, title);
        fields.retain(|(name, _)| !own.contains(name));
        fields
    });
    let told: Vec<Fields<'_>> = told.collect();
    match section {
        Section::Fields(rule) => fields::merged(rule, &told),
        Section::Lists(how) => lists::merged(how, &told),
        Section::First => {
            let first = told.first().into_iter().flatten();
            let lines = first.map(|(name, value)| format!("{name}:{value}\r\n"));
            lines.collect()
        }
        Section::Databases => String::new(),
    }
}

/// Names of the last section of a text.
fn own_names(text: &str) -> Vec<&str> {
    let lines = text.lines().rev();
    let lines = lines.take_while(|line| !line.starts_with('#'));
    let fields = lines.filter_map(|line| line.split_once(':'));
    fields.map(|(name, _)| name).collect()
}

/// Names and values of a section in the text of one node.
fn fields_of<'a>(text: &'a str, title: &str) -> Fields<'a> {
    let is_title = |line: &str| line.strip_prefix("# ").is_some_and(|said| said == title);
    let lines = text.lines().skip_while(|line| !is_title(line)).skip(1);
    let lines = lines.take_while(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_once(':')).collect()
}

/// All names, in the order in which nodes tell them, with what each node says.
fn columns<'a>(told: &[Fields<'a>]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut columns: Vec<(&str, Vec<&str>)> = Vec::new();
    let mut places = std::collections::BTreeMap::new();
    for (name, value) in told.iter().flatten() {
        let at = *places.entry(*name).or_insert(columns.len());
        match columns.get_mut(at) {
            Some((_, values)) => values.push(value),
            None => columns.push((name, vec![value])),
        }
    }
    columns
}
