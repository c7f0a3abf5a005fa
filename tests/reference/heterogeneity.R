# Makes heterogeneity.csv. Needs the package metafor; run in the folder of this file, beside the
# table of effects bcg_log_risk_ratios.csv (columns yi and vi), which holds the 13 trials of
# metafor's dat.bcg as log risk ratios.
library(metafor)
effects <- read.csv("bcg_log_risk_ratios.csv")

fit <- function(method, test = "z") {
  rma(yi, vi, data = effects, method = method, test = test,
      control = list(tol = 1e-12, maxiter = 10000, threshold = 1e-12))
}
show <- function(model) {
  bounds <- confint(model)$random["tau^2", c("ci.lb", "ci.ub")]
  ahead <- predict(model)
  c(q = model$QE, mean = as.numeric(model$b), se = model$se, lower = model$ci.lb,
    upper = model$ci.ub, tau2 = model$tau2, tau2_lower = bounds[[1]], tau2_upper = bounds[[2]],
    i2 = model$I2, prediction_lower = ahead$pi.lb, prediction_upper = ahead$pi.ub)
}
print(sapply(c(PM = "PM", REML = "REML", DL = "DL"), function(one) show(fit(one))), digits = 8)
print(show(fit("REML", test = "knha")), digits = 8)
print(head(blup(fit("REML"))$pred, 4), digits = 6)
