import type { Product } from "./objects.ts";
import { productForm } from "./product-form.ts";
import type { Shop } from "./shop.ts";
import { address, type Shown } from "./shown.ts";
import { type Html, html, page } from "../html.ts";

const MOST_ROWS = 100;

/** The newest first: what a person has just added is at the top. */
function found({ shop, search }: Shown): { rows: Product[]; more: number } {
  const wanted = search.toLowerCase();
  const all = shop.products.all;
  const matching =
    wanted === ""
      ? all
      : all.filter(({ name, code }) => `${name} ${code}`.toLowerCase().includes(wanted));
  return { rows: matching.slice(-MOST_ROWS).toReversed(), more: matching.length - MOST_ROWS };
}

function rowLine(shown: Shown, product: Product): Html {
  const { shop } = shown;
  const stock = shop.stockOf(product.id);
  const onHand = stock.reduce((sum, one) => sum + one.onHand, 0);
  const version = [product.modifiedAt, ...stock.map((one) => one.modifiedAt)].join(" ");
  return html`<tr data-key="${product.id}" data-etag="${version}">
    <td>${product.code}</td>
    <td>${product.name}${!product.isActive && html` <span class="tag">inactive</span>`}</td>
    <td>${shop.categories.get(product.categoryId ?? 0)?.categoryName}</td>
    <td>${product.basePrice}</td>
    <td>${onHand}</td>
    <td>
      <a href="${address("/kiotviet", shown, product.id)}" aria-label="Edit ${product.name}"
        >Edit</a
      >
    </td>
  </tr>`;
}

/** The part of the page that is renewed while it is open. */
export function rowsFragment(shown: Shown): Html {
  const { rows, more } = found(shown);
  if (rows.length === 0) return html`<p>There are no products here.</p>`;
  return html`<table>
      <thead>
        <tr>
          ${["Code", "Name", "Category", "Price", "On hand"].map((name) => html`<th scope="col">${name}</th>`)}
          <td></td>
        </tr>
      </thead>
      <tbody>
        ${rows.map((product) => rowLine(shown, product))}
      </tbody>
    </table>
    ${more > 0 && html`<p>And ${more} more: search to find them.</p>`}`;
}

function head(shops: readonly Shop[], { shop, search }: Shown): Html {
  const own = shop.credentials.retailer;
  return html`<header>
    <div>
      <p class="eyebrow">Pretend KiotViet</p>
      <h1>${own}</h1>
    </div>
    <form method="get" action="/kiotviet">
      <label
        >Shop
        <select name="shop">
          ${shops.map(({ credentials: { retailer } }) => html`<option value="${retailer}" ${retailer === own ? html` selected` : undefined}>${retailer}</option>`)}
        </select></label
      >
      <label>Search <input type="search" name="search" value="${search}" /></label>
      <button class="quiet">Show</button>
    </form>
  </header>`;
}

export function productsPage(shops: readonly Shop[], shown: Shown): string {
  return page(
    `${shown.shop.credentials.retailer} (pretend KiotViet)`,
    html`${head(shops, shown)}
      <main class="columns">
        <section class="card table" aria-labelledby="list-title">
          <h2 id="list-title">Products</h2>
          <p class="live">This list renews itself; what has changed lights up.</p>
          <div data-live="${address("/kiotviet/page/rows", shown)}" aria-live="polite">
            ${rowsFragment(shown)}
          </div>
        </section>
        <div>${productForm(shown)}</div>
      </main>`,
    "live.js",
  );
}
