//! The runtime's own compression, to see how much texts repeat themselves.

use js_sys::{Array, ArrayBuffer, Promise};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // Older runtimes do not have it, which is an exception of the constructor.
    type CompressionStream;
    #[wasm_bindgen(catch, constructor)]
    fn new(format: &str) -> Result<CompressionStream, JsValue>;

    #[wasm_bindgen(js_name = Blob)]
    type Source;
    #[wasm_bindgen(catch, constructor, js_class = "Blob")]
    fn new(parts: &Array) -> Result<Source, JsValue>;
    #[wasm_bindgen(catch, method)]
    fn stream(this: &Source) -> Result<Stream, JsValue>;

    type Stream;
    #[wasm_bindgen(catch, method, js_name = pipeThrough)]
    fn pipe_through(this: &Stream, through: &CompressionStream) -> Result<Stream, JsValue>;

    #[wasm_bindgen(js_name = Response)]
    type Whole;
    #[wasm_bindgen(catch, constructor, js_class = "Response")]
    fn new(stream: &Stream) -> Result<Whole, JsValue>;
    #[wasm_bindgen(catch, method, js_name = arrayBuffer)]
    fn array_buffer(this: &Whole) -> Result<Promise, JsValue>;
}

/// The bytes of a text when it is compressed; `None` where the runtime cannot.
pub async fn compressed_size(text: &str) -> Option<usize> {
    let parts = Array::of1(&text.into());
    let compressed =
        Source::new(&parts).ok()?.stream().ok()?.pipe_through(&CompressionStream::new("gzip").ok()?).ok()?;
    let bytes = JsFuture::from(Whole::new(&compressed).ok()?.array_buffer().ok()?).await.ok()?;
    bytes.dyn_ref::<ArrayBuffer>().map(|bytes| bytes.byte_length() as usize)
}
