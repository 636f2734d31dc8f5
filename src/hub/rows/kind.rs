//! What the values of a column have in common, learned one value at a time, in any order.

use serde_json::{Map, Value};

/// Fields whose objects an author or a model writes freely: each has keys of its own, so no columns can be made of them.
const FREE_FORM: [&str; 7] =
    ["arguments", "parameters", "input_schema", "output_schema", "json_schema", "schema", "properties"];

/// An object with more keys than this is a map, not a record.
const MOST_FIELDS: usize = 64;

/// Values that are nested deeper than this become text.
const DEEPEST: usize = 10;

/// The type of a column, or of what is inside one.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Kind {
    /// Nothing but null so far.
    #[default]
    Nothing,
    /// `true` and `false`.
    Boolean,
    /// Whole numbers of 64 bits.
    Integer,
    /// Numbers.
    Number,
    /// Texts.
    Text,
    /// Lists of one kind of thing.
    List(Box<Kind>),
    /// Objects with known keys.
    Object(Fields),
    /// Anything else: what is no text is written as JSON text.
    Json,
}

/// The keys of an object.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Fields {
    /// How many objects there were.
    objects: u64,
    fields: Vec<Field>,
}

/// One key of an object.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The key.
    pub name: String,
    /// The key as JSON writes it, with the colon.
    pub quoted: String,
    /// What it holds.
    pub kind: Kind,
    /// In how many objects it was there.
    present: u64,
}

impl Kind {
    /// Takes a value into account.
    fn learn(&mut self, value: &Value, depth: usize) {
        let met = match value {
            Value::Null => return,
            Value::Bool(_) => Kind::Boolean,
            Value::Number(number) if number.is_i64() => Kind::Integer,
            Value::Number(number) if number.is_u64() => Kind::Json,
            Value::Number(_) => Kind::Number,
            Value::String(_) => Kind::Text,
            _ if depth >= DEEPEST => Kind::Json,
            Value::Array(_) => Kind::List(Box::default()),
            Value::Object(_) => Kind::Object(Fields::default()),
        };
        match (&mut *self, met) {
            (Kind::Json, _) => {}
            (Kind::Nothing, met) => *self = met,
            (Kind::Number, Kind::Integer) => {}
            (Kind::Integer, Kind::Number) => *self = Kind::Number,
            (Kind::Boolean, Kind::Boolean)
            | (Kind::Integer, Kind::Integer)
            | (Kind::Number, Kind::Number)
            | (Kind::Text, Kind::Text)
            | (Kind::List(_), Kind::List(_))
            | (Kind::Object(_), Kind::Object(_)) => {}
            _ => *self = Kind::Json,
        }
        match (self, value) {
            (Kind::List(inner), Value::Array(items)) => items.iter().for_each(|item| inner.learn(item, depth + 1)),
            (Kind::Object(fields), Value::Object(object)) => fields.learn_nested(object, depth + 1),
            _ => {}
        }
    }

    /// Settles what was learned, once there is nothing more to learn.
    fn settle(&mut self) {
        match self {
            // There has to be a type, and text is what everything can become.
            Kind::Nothing => *self = Kind::Text,
            Kind::List(inner) => inner.settle(),
            Kind::Object(fields) if fields.is_record() => fields.settle(),
            Kind::Object(_) => *self = Kind::Json,
            _ => {}
        }
    }
}

impl Fields {
    /// Takes a row into account.
    pub fn learn(&mut self, row: &Map<String, Value>) {
        self.learn_nested(row, 0);
    }

    fn learn_nested(&mut self, object: &Map<String, Value>, depth: usize) {
        self.objects += 1;
        for (place, (name, value)) in object.iter().enumerate() {
            // A map with thousands of keys would cost more than it tells.
            if depth > 0 && self.fields.len() > MOST_FIELDS {
                return;
            }
            let field = self.field(name, place);
            field.present += 1;
            if value.is_object() && FREE_FORM.contains(&name.as_str()) {
                field.kind = Kind::Json;
            }
            field.kind.learn(value, depth);
        }
    }

    /// The field of a key. Objects of a kind mostly have their keys in one order, so the place is a good guess.
    fn field(&mut self, name: &str, place: usize) -> &mut Field {
        let is_it = |field: &Field| field.name == name;
        let found = match self.fields.get(place).is_some_and(is_it) {
            true => Some(place),
            false => self.fields.iter().position(is_it),
        };
        let at = found.unwrap_or_else(|| {
            let quoted = super::write::json(&name.into()) + ":";
            self.fields.push(Field { name: name.to_owned(), quoted, kind: Kind::Nothing, present: 0 });
            self.fields.len() - 1
        });
        #[allow(clippy::indexing_slicing, reason = "the place was found or made just now")]
        &mut self.fields[at]
    }

    /// Settles every field.
    pub fn settle(&mut self) {
        self.fields.iter_mut().for_each(|field| field.kind.settle());
    }

    /// Whether the objects are records rather than maps whose keys are data: not too many keys, and one that is always
    /// there.
    fn is_record(&self) -> bool {
        self.fields.len() <= MOST_FIELDS && self.fields.iter().any(|field| field.present == self.objects)
    }

    /// The fields, in the order in which they were met first.
    pub fn iter(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter()
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// The field with this name.
    pub fn get(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}
