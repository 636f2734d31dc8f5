// Which of the addresses that an upload comes back with the page links to.

/**
 * The address, if it leads to the Hub that was uploaded to. What a server says is not to be trusted with a link: the rest is
 * shown as text.
 *
 * @param {string} address
 * @param {string} hubUrl
 * @returns {string | undefined}
 */
export function addressOnHub(address, hubUrl) {
  try {
    const { origin, username, password, href } = new URL(address);
    return origin === new URL(hubUrl).origin && !username && !password ? href : undefined;
  } catch {
    return undefined;
  }
}
