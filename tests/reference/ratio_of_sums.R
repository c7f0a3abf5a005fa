# Makes ratio_of_sums.csv. Needs the packages boot and survey; run in the folder of this file.
library(boot)
library(survey)
data(city)
data(api)

ratio_of <- function(design) svyratio(~api.stu, ~enroll, design)
error_of <- function(fit) as.numeric(SE(fit))

clustered <- svydesign(id = ~dnum, weights = ~pw, data = apiclus1)
single <- svydesign(id = ~1, weights = ~pw, data = apiclus1)
replicates <- function(mse) as.svrepdesign(clustered, type = "JK1", mse = mse)

values <- c(
  city_ratio = sum(city$x) / sum(city$u),
  apiclus1_ratio = as.numeric(coef(ratio_of(clustered))),
  apiclus1_error = error_of(ratio_of(clustered)),
  apiclus1_jackknife_mean = error_of(ratio_of(replicates(FALSE))),
  apiclus1_jackknife_estimate = error_of(ratio_of(replicates(TRUE))),
  apiclus1_error_ignoring_clusters = error_of(ratio_of(single))
)
print(format(values, digits = 12), quote = FALSE)
