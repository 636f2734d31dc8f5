//! Samples in another language than they were asked for in.
//!
//! What a text is written in is told by its letters, and among Latin letters by its commonest words; only a text that is
//! long enough and leaves no doubt counts. A sample is refused where its answer is not in the language of its question,
//! or where prompt and topic agree on a language and the sample is in another. Where anyone speaks of languages or of
//! translating, another language may be what was asked for, and nothing is refused.

use super::stop_words::{self, LANGUAGES, StopWords};
use super::{Exchange, fault};
use crate::model::{Cause, Rejection};
use crate::search;

/// So much of a text is looked at: enough to be sure.
const MOST_LETTERS: usize = 400;
/// The share of its commonest words among the words of a text, as one in so many.
const STOP_WORD_IN: usize = 6;

/// What a text may be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
    Latin,
    Greek,
    Cyrillic,
    Hebrew,
    Arabic,
    /// A script of India, by its block.
    Indian(u32),
    Thai,
    Korean,
    Japanese,
    Chinese,
}

/// What a text is sure to be written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Writing {
    script: Option<Script>,
    /// Among Latin letters.
    language: Option<usize>,
}

/// Words, or their beginnings, that make another language than that of the prompt an honest wish, in several languages.
const ABOUT_LANGUAGES: &str = "language linguist translat multiling biling vocabular alphabet kanji romaji english german \
    french spanish portug italian dutch russian ukrain polish turkish arabic hebrew hindi chinese mandarin japanese korean \
    greek latin swedish danish norwegian finnish czech hungarian vietnam indonesian sprach deutsch englisch französ spanisch \
    übersetz langue français anglais allemand tradui idioma español ingl alem franc lingua tedesc traduz traduc taal engels \
    duits vertal 语 語 文 язык язы перев العربية اللغة भाषा ภาษา";
/// Languages in which nobody speaks.
const NO_LANGUAGES: [&str; 4] = ["programming language", "language model", "query language", "markup language"];

/// What makes sure.
#[derive(Clone, Copy)]
struct Bar {
    /// Fewest letters; of scripts without spaces, where a letter is a word or half of one, half as many.
    letters: usize,
    /// Fewest of the commonest words of a language.
    stop_words: usize,
}

/// For what is asked for: a few words, which are only believed where prompt and topic agree.
const TASK: Bar = Bar { letters: 8, stop_words: 3 };
const SAMPLE: Bar = Bar { letters: 40, stop_words: 6 };

/// What languages a configuration expects.
pub(super) struct Languages {
    stop_words: StopWords,
    prompt: Writing,
    /// Whether the prompt speaks of languages.
    may_differ: bool,
}

impl Languages {
    /// Takes up what the model is told.
    pub(super) fn new(configured: &[&str]) -> Self {
        let prompt = search::join(configured, "\n");
        let stop_words = StopWords::new();
        let may_differ = speaks_of_languages(&prompt);
        Self { prompt: writing(&prompt, &stop_words, TASK), stop_words, may_differ }
    }

    /// Refuses samples in another language than was asked for.
    pub(super) fn check(&self, Exchange { path, question, answer }: Exchange<'_>) -> Result<(), Rejection> {
        if self.may_differ {
            return Ok(());
        }
        let [asked, answered] = [question, answer].map(|text| writing(text, &self.stop_words, SAMPLE));
        let mut found = asked.other(answered).map(|(is, wanted)| ("answer", is, wanted, "question"));
        if found.is_none() {
            let topic = search::join(path, "\n");
            let expected = self.prompt.agreed(writing(&topic, &self.stop_words, TASK));
            let fields = [("question", asked), ("answer", answered)];
            found = fields
                .into_iter()
                .find_map(|(field, writing)| expected.other(writing).map(|(is, wanted)| (field, is, wanted, "task")));
        }
        match found {
            Some((field, is, wanted, whose))
                if ![question, answer].into_iter().any(speaks_of_languages)
                    && !path.iter().any(|topic| speaks_of_languages(topic)) =>
            {
                let is = format!("is in {is}, and its {whose} is in {wanted}");
                Err(fault(field, &is, Cause::Language))
            }
            _ => Ok(()),
        }
    }
}

impl Writing {
    /// What both are.
    fn agreed(self, other: Self) -> Self {
        let both = |one, other| if one == other { one } else { None };
        let script = if self.script == other.script { self.script } else { None };
        Self { script, language: both(self.language, other.language) }
    }

    /// Where another text is sure to be written differently: in what it is, and in what this one is.
    fn other(self, other: Self) -> Option<(&'static str, &'static str)> {
        let (wanted, is) = (self.script?, other.script?);
        match (wanted, is) {
            (Script::Latin, Script::Latin) => {
                let (wanted, is) = (self.language?, other.language?);
                (wanted != is).then(|| (stop_words::name(is), stop_words::name(wanted)))
            }
            // Code, names and numbers are in Latin letters everywhere: only a language counts.
            (wanted, Script::Latin) => Some((stop_words::name(other.language?), wanted.name())),
            (wanted, is) => (wanted != is).then(|| (is.name(), wanted.name())),
        }
    }
}

impl Script {
    fn name(self) -> &'static str {
        match self {
            Script::Latin => "Latin letters",
            Script::Greek => "Greek letters",
            Script::Cyrillic => "Cyrillic letters",
            Script::Hebrew => "Hebrew letters",
            Script::Arabic => "Arabic letters",
            Script::Indian(_) => "a script of India",
            Script::Thai => "Thai letters",
            Script::Korean => "Korean letters",
            Script::Japanese => "Japanese",
            Script::Chinese => "Chinese",
        }
    }
}

fn speaks_of_languages(text: &str) -> bool {
    let mut text = text.to_ascii_lowercase();
    for name in NO_LANGUAGES {
        text = search::replace(&text, name, "");
    }
    ABOUT_LANGUAGES.split_ascii_whitespace().any(|word| search::contains(&text, word))
}

/// What a text is written in, as far as that is sure. Code in it does not count.
fn writing(text: &str, stop_words: &StopWords, bar: Bar) -> Writing {
    let mut counts = Counts::default();
    let (mut is_code, mut before) = (false, 0);
    let (mut word, mut at) = (0, 0);
    while let Some(&byte) = text.as_bytes().get(at) {
        // Both `code` and a fence of three.
        is_code ^= byte == b'`' && before != b'`';
        before = byte;
        if byte.is_ascii() {
            // Nearly all of most texts, for which nothing has to be decoded.
            at += 1;
            if byte.is_ascii_alphabetic() && !is_code {
                counts.letters += 1;
                word = (word << 8) | u64::from(byte | 0x20);
                continue;
            }
        } else {
            let character = text.get(at..).and_then(|text| text.chars().next()).unwrap_or_default();
            at += character.len_utf8();
            match script(character) {
                Some(Script::Latin) if !is_code => {
                    counts.letters += 1;
                    let mut bytes = [0; 4];
                    let bytes = character.encode_utf8(&mut bytes).bytes();
                    word = bytes.fold(word, |word, byte| (word << 8) | u64::from(byte));
                    continue;
                }
                Some(script) if !is_code => counts.add(script),
                _ => {}
            }
        }
        counts.end_word(std::mem::take(&mut word), stop_words);
        if counts.letters > MOST_LETTERS {
            break;
        }
    }
    counts.end_word(word, stop_words);
    let script = counts.script(bar);
    let language = if script == Some(Script::Latin) { counts.language(bar) } else { None };
    Writing { script, language }
}

/// What is in a text.
#[derive(Default)]
struct Counts {
    letters: usize,
    /// How many of them are of other scripts than Latin.
    others: Vec<(Script, usize)>,
    /// Words in Latin letters.
    words: usize,
    stop_words: [usize; LANGUAGES],
}

impl Counts {
    fn add(&mut self, script: Script) {
        self.letters += 1;
        match self.others.iter_mut().find(|(other, _)| *other == script) {
            Some((_, count)) => *count += 1,
            None => self.others.push((script, 1)),
        }
    }

    fn end_word(&mut self, word: u64, stop_words: &StopWords) {
        if word == 0 {
            return;
        }
        self.words += 1;
        let languages = stop_words.languages(word);
        if languages == 0 {
            return;
        }
        for (language, count) in self.stop_words.iter_mut().enumerate() {
            *count += usize::from((languages >> language) & 1);
        }
    }

    /// The script of four fifths of all letters.
    fn script(&self, bar: Bar) -> Option<Script> {
        let of = |script| self.others.iter().find(|(other, _)| *other == script).map_or(0, |(_, count)| *count);
        let letters = self.letters;
        let latin = self.others.iter().fold(letters, |rest, (_, count)| rest - count);
        let (kana, han) = (of(Script::Japanese), of(Script::Chinese));
        let (script, count) = if kana + han > 0 && 5 * (kana + han) >= 4 * letters {
            // A long Japanese text is never without kana, and a Chinese one always but for a name.
            let script = match () {
                () if 6 * kana >= kana + han => Script::Japanese,
                () if 30 * kana <= han => Script::Chinese,
                () => return None,
            };
            (script, 2 * (kana + han))
        } else {
            let mut scripts = self.others.iter().copied().chain([(Script::Latin, latin)]);
            scripts.find(|(_, count)| *count > 0 && 5 * count >= 4 * letters)?
        };
        (count >= bar.letters).then_some(script)
    }

    /// The language whose commonest words are there, twice as many as of any other.
    fn language(&self, bar: Bar) -> Option<usize> {
        let is_clear = |language: usize, count: usize| {
            let mut others = self.stop_words.iter().enumerate().filter(|(other, _)| *other != language);
            others.all(|(_, other)| count >= 2 * other)
        };
        let enough = |count: usize| count >= bar.stop_words && count * STOP_WORD_IN >= self.words;
        let mut languages = self.stop_words.iter().enumerate();
        languages
            .find(|(language, count)| enough(**count) && is_clear(*language, **count))
            .map(|(language, _)| language)
    }
}

/// The script of a letter that is not in ASCII. Kana stand for Japanese, and characters that Chinese and Japanese share
/// for Chinese.
fn script(character: char) -> Option<Script> {
    Some(match character {
        '\0'..='\u{bf}' | '×' | '÷' => return None,
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Script::Latin,
        '\u{370}'..='\u{3ff}' | '\u{1f00}'..='\u{1fff}' => Script::Greek,
        '\u{400}'..='\u{52f}' => Script::Cyrillic,
        '\u{590}'..='\u{5ff}' => Script::Hebrew,
        '\u{600}'..='\u{6ff}' | '\u{750}'..='\u{77f}' | '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{feff}' => {
            Script::Arabic
        }
        '\u{900}'..='\u{dff}' => Script::Indian(u32::from(character) >> 7),
        '\u{e00}'..='\u{e7f}' => Script::Thai,
        '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' => Script::Korean,
        '\u{3040}'..='\u{30ff}' => Script::Japanese,
        '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}' => Script::Chinese,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENGLISH: &str = "Write questions and answers about the subject that are useful to learners of all levels.";
    const GERMAN: &str =
        "Schreibe Fragen und Antworten, die für Lernende aller Stufen nützlich sind, und nicht zu lang.";
    const CHINESE: &str = "请为学习者写出关于这个主题的问题和答案。";

    const IN_ENGLISH: &str = "The river rises in the Alps, and it flows through the plains to the sea. There are many towns \
        on its banks that were founded by the Romans, which can be seen to this day.";
    const IN_GERMAN: &str = "Der Fluss entspringt in den Alpen und mündet in die Nordsee. Die Städte an seinen Ufern sind \
        nicht alle von den Römern gegründet, auch wenn das oft so zu lesen ist.";
    const IN_FRENCH: &str = "Le fleuve prend sa source dans les Alpes et se jette dans la mer du Nord. Les villes sur ses \
        rives ne sont pas toutes romaines, et il est plus long que la Seine.";
    const IN_SPANISH: &str = "El río nace en los Alpes y desemboca en el mar del Norte. Las ciudades de sus orillas no son \
        todas romanas, pero es más largo que el Sena y con una cuenca mayor.";
    const IN_PORTUGUESE: &str = "O rio nasce nos Alpes e desagua no mar do Norte. As cidades das margens não são todas \
        romanas, mas ele é mais longo do que o Sena, com uma bacia maior.";
    const IN_CHINESE: &str = "这条河发源于阿尔卑斯山，流入北海。沿岸的许多城市是由罗马人建立的，至今仍可以看到遗迹。";
    const IN_JAPANESE: &str =
        "この川はアルプスに源を発し、北海に注ぎます。沿岸の多くの都市はローマ人によって建設されました。";
    const IN_RUSSIAN: &str =
        "Река берёт начало в Альпах и впадает в Северное море. Многие города были основаны римлянами.";

    fn refused(prompt: &str, path: &[&str], question: &str, answer: &str) -> Option<String> {
        let path: Vec<String> = path.iter().map(|topic| (*topic).to_owned()).collect();
        let found = Languages::new(&[prompt, ""]).check(Exchange { path: &path, question, answer }).err()?;
        assert_eq!(found.cause, Cause::Language);
        Some(found.reason)
    }

    #[test]
    fn a_sample_in_another_language_is_refused() {
        let rivers = ["Rivers of the world", "The sources of the Rhine and of the Danube"];
        let fluesse = ["Die Flüsse der Welt", "Die Quellen der Donau"];
        let chinese = ["世界的河流", "莱茵河"];
        for (prompt, path, question, answer, reason) in [
            (ENGLISH, rivers, "Where does it rise?", IN_GERMAN, "\"answer\" is in German, and its task is in English"),
            (
                ENGLISH,
                rivers,
                "Where does it rise?",
                IN_CHINESE,
                "\"answer\" is in Chinese, and its task is in Latin letters",
            ),
            (ENGLISH, rivers, "Where does it rise?", IN_RUSSIAN, "is in Cyrillic letters"),
            (ENGLISH, rivers, IN_FRENCH, "1,233 km", "\"question\" is in French, and its task is in English"),
            (GERMAN, fluesse, "Wo entspringt er?", IN_ENGLISH, "is in English, and its task is in German"),
            (CHINESE, chinese, "莱茵河发源于哪里？", IN_ENGLISH, "is in English, and its task is in Chinese"),
            (CHINESE, chinese, "莱茵河发源于哪里？", IN_JAPANESE, "is in Japanese, and its task is in Chinese"),
            // Whatever the prompt is in, an answer is in the language of its question.
            ("Be brief.", ["Rhine", "Alps"], IN_ENGLISH, IN_SPANISH, "is in Spanish, and its question is in English"),
            ("Be brief.", ["Rhine", "Alps"], IN_RUSSIAN, IN_ENGLISH, "is in English, and its question is in Cyrillic"),
        ] {
            let found = refused(prompt, &path, question, answer).unwrap_or_default();
            assert!(found.contains(reason), "{reason}: {found}");
        }
    }

    #[test]
    fn honest_samples_pass_in_any_language() {
        let rivers = ["Rivers of the world", "The sources of the Rhine and of the Danube"];
        let code =
            "```python\nfor river in rivers:\n    if river.is_long and not river.is_dry:\n        print(river)\n```";
        let bare =
            "SELECT name, length FROM rivers WHERE length > 1000 AND is_dry = FALSE ORDER BY length DESC LIMIT 10;";
        for (prompt, path, question, answer) in [
            (ENGLISH, rivers, IN_ENGLISH, IN_ENGLISH),
            (GERMAN, ["Die Flüsse der Welt", "Die Quellen der Donau"], IN_GERMAN, IN_GERMAN),
            (CHINESE, ["世界的河流", "莱茵河"], "莱茵河发源于哪里？", IN_CHINESE),
            // A prompt in one language about topics in another.
            (ENGLISH, ["Die Flüsse der Welt", "Die Quellen der Donau"], IN_GERMAN, IN_GERMAN),
            (ENGLISH, ["世界的河流", "莱茵河"], "莱茵河发源于哪里？", IN_CHINESE),
            (ENGLISH, ["Реки мира", "Исток Рейна"], IN_RUSSIAN, IN_RUSSIAN),
            // A prompt or a topic that speaks of languages.
            ("Write questions and answers in German that are useful to the learner.", rivers, IN_GERMAN, IN_GERMAN),
            (ENGLISH, ["Translating the words of the river", "From the source to the sea"], IN_ENGLISH, IN_GERMAN),
            (ENGLISH, rivers, "How is the name of the river that is said to be old written in Chinese?", IN_CHINESE),
            (ENGLISH, rivers, "Say in Spanish what you know of the river.", IN_SPANISH),
            // Code is no language.
            (CHINESE, ["编程", "循环"], "如何打印所有的河流？", code),
            (CHINESE, ["编程", "数据库"], "如何查询所有的河流？", bare),
            (GERMAN, ["Die Programmierung", "Die Datenbanken und das Abfragen"], "Wie frage ich die Flüsse ab?", bare),
            // Too short to tell, names, numbers, a quotation.
            (ENGLISH, rivers, "Where does it rise?", "Im Tomasee."),
            (ENGLISH, rivers, "What is its name?", "莱茵河"),
            (
                ENGLISH,
                rivers,
                "Which towns?",
                "Chur, Konstanz, Schaffhausen, Basel, Strasbourg, Mannheim, Mainz, Köln, Düsseldorf, Rotterdam",
            ),
            (ENGLISH, rivers, "How long?", "1,233 km = 766 mi; 2,900 m³/s ÷ 185,000 km²"),
            (
                ENGLISH,
                rivers,
                "Who said it?",
                "It was Heine, and the words are: Ich weiß nicht, was soll es bedeuten, dass ich so traurig bin. They have become a proverb.",
            ),
            // A language that is not among those that are told apart.
            (
                ENGLISH,
                ["Rivers", "Rhine"],
                "Hvor kommer elven fra?",
                "Elven har sin kilde i Alpene og renner ut i Nordsjøen ved Rotterdam.",
            ),
        ] {
            assert_eq!(refused(prompt, &path, question, answer), None, "{question} {answer}");
        }
    }

    #[test]
    fn tells_the_large_languages_apart() {
        for (text, expected) in [
            (IN_ENGLISH, "English"),
            (IN_GERMAN, "German"),
            (IN_FRENCH, "French"),
            (IN_SPANISH, "Spanish"),
            (IN_PORTUGUESE, "Portuguese"),
        ] {
            let language = writing(text, &StopWords::new(), SAMPLE).language;
            assert_eq!(language.map(stop_words::name), Some(expected), "{text}");
        }
    }
}
