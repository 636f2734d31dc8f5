// What whoever hosts this page may change: see docs/page.md.

/** The Hub that datasets are uploaded to, without a slash at the end. */
export const HUB_URL = "https://huggingface.co";

/** The client id of the OAuth app that you have registered there. While it is empty, people upload with a token. */
export const OAUTH_CLIENT_ID = "";
