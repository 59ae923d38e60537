//! `--lang`: the help in English or in Chinese.
//!
//! The English texts are the doc comments of commands and options. The Chinese ones stand in `language/chinese.txt`, one a line: the
//! English text, a tab, the Chinese; a heading begins with `# `. So an English text that is changed asks for its Chinese anew, and
//! one that stands at twenty commands has one. What a command answers, and what is refused, is English in either case: programs and
//! reports rely on it.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command, ValueEnum};
use std::collections::BTreeMap;
use std::env;

const CHINESE: &str = include_str!("language/chinese.txt");

/// In which language to help.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English.
    En,
    /// 中文。
    Zh,
}

impl Language {
    /// As `--lang` says among these arguments, which clap has not read yet; else as LC_ALL or LANG says; else English.
    pub(crate) fn wanted(arguments: impl Iterator<Item = String>) -> Language {
        let said = of_arguments(arguments);
        let set = |name| env::var(name).ok().filter(|value| !value.is_empty());
        said.or_else(|| set("LC_ALL").or_else(|| set("LANG")).map(|locale| of_locale(&locale))).unwrap_or(Language::En)
    }

    /// The command with its help in this language.
    pub(crate) fn of(self, command: Command) -> Command {
        match self {
            Language::En => command,
            Language::Zh => Texts::chinese().command(command),
        }
    }
}

fn of_arguments(arguments: impl Iterator<Item = String>) -> Option<Language> {
    let mut arguments = arguments.take_while(|argument| argument != "--");
    while let Some(argument) = arguments.next() {
        let value = match argument.strip_prefix("--lang") {
            Some("") => arguments.next(),
            Some(value) => value.strip_prefix('=').map(str::to_owned),
            None => None,
        };
        if let Some(value) = value {
            return Language::from_str(&value, true).ok();
        }
    }
    None
}

fn of_locale(locale: &str) -> Language {
    if locale.starts_with("zh") { Language::Zh } else { Language::En }
}

/// Texts by the English ones.
struct Texts(BTreeMap<&'static str, &'static str>);

impl Texts {
    fn chinese() -> Texts {
        Texts(CHINESE.lines().filter_map(|line| line.split_once('\t')).collect())
    }

    fn of(&self, english: Option<&StyledStr>) -> Option<&'static str> {
        self.0.get(english?.to_string().as_str()).copied()
    }

    fn heading(&self, english: &str) -> Option<&'static str> {
        self.0.get(format!("# {english}").as_str()).copied()
    }

    fn command(&self, command: Command) -> Command {
        let command = match self.of(command.get_about()) {
            Some(text) => command.about(text).long_about(text),
            None => command,
        };
        let command = match self.heading("Commands") {
            Some(heading) => command.subcommand_help_heading(heading),
            None => command,
        };
        let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).help("Print help");
        let command = command.disable_help_flag(true).disable_help_subcommand(true).arg(help);
        command.mut_args(|arg| self.argument(arg)).mut_subcommands(|sub| self.command(sub))
    }

    fn argument(&self, arg: Arg) -> Arg {
        let heading = arg.get_help_heading().unwrap_or(if arg.is_positional() { "Arguments" } else { "Options" });
        let heading = self.heading(heading);
        let text = self.of(arg.get_help());
        let arg = match heading {
            Some(heading) => arg.help_heading(heading),
            None => arg,
        };
        match text {
            Some(text) => arg.help(text).long_help(text),
            None => arg,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    /// Every English text of a command and what is beneath it, with where it stands.
    fn english(command: &Command, path: &str, found: &mut BTreeMap<String, String>) {
        let text = |text: Option<&StyledStr>| text.map(ToString::to_string).unwrap_or_default();
        found.insert(text(command.get_about()), path.into());
        for arg in command.get_arguments() {
            found.insert(text(arg.get_help()), format!("{path} {}", arg.get_id()));
            found.extend(arg.get_help_heading().map(|heading| (format!("# {heading}"), path.to_owned())));
        }
        for sub in command.get_subcommands() {
            english(sub, &format!("{path} {}", sub.get_name()), found);
        }
    }

    fn all() -> BTreeMap<String, String> {
        let mut found = BTreeMap::new();
        english(&crate::Cli::command(), "bulla", &mut found);
        found
    }

    #[test]
    fn every_command_and_option_has_a_chinese_text() {
        let texts = Texts::chinese();
        let missing =
            |(text, at): (String, String)| (!texts.0.contains_key(text.as_str())).then(|| format!("{at}: {text}"));
        let missing: Vec<_> = all().into_iter().filter_map(missing).collect();
        assert!(missing.is_empty(), "{} have none:\n{}", missing.len(), missing.join("\n"));
    }

    #[test]
    fn no_chinese_text_is_of_nothing_or_stands_twice() {
        let texts = Texts::chinese();
        assert_eq!(texts.0.len(), CHINESE.lines().count(), "a line has no tab, or an English text stands twice");
        let (all, clap) = (all(), ["# Commands", "# Arguments", "# Options", "Print help"]);
        for (english, chinese) in &texts.0 {
            assert!(all.contains_key(*english) || clap.contains(english), "nothing says any more: {english}");
            assert!(chinese.chars().any(|c| c >= '\u{4e00}'), "{chinese}");
        }
    }

    #[test]
    fn the_help_is_in_the_language_asked_for() {
        let help = |language: Language| {
            let mut command = language.of(crate::Cli::command());
            command.clone().debug_assert();
            command.render_help().to_string()
        };
        assert!(help(Language::En).contains("Credit: events"));
        let chinese = help(Language::Zh);
        assert!(
            chinese.contains("信用：事件") && chinese.contains("命令:") && !chinese.contains("Commands:"),
            "{chinese}"
        );
    }

    #[test]
    fn an_option_goes_before_the_locale() {
        let of = |text: &str| of_arguments(text.split(' ').map(str::to_owned));
        assert_eq!(of("bulla --lang zh licence"), Some(Language::Zh));
        assert_eq!(of("bulla licence --lang=en"), Some(Language::En));
        assert_eq!(of("bulla licence -- --lang zh"), None);
        assert_eq!(of("bulla --language zh"), None);
        assert_eq!((of_locale("zh_CN.UTF-8"), of_locale("C.UTF-8")), (Language::Zh, Language::En));
    }
}
