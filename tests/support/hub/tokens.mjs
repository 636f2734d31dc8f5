/** Access tokens of one person, by what they may do. */
export const TOKENS = { write: "hf_writing", read: "hf_reading", oauth: "hf_oauth_signed_in" };
